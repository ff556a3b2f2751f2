#include <algorithm>
#include <cctype>

#include "workshop/model_layout.h"

namespace tug {
namespace {

struct Named {
  const char* name;
  Type most, value_and_down;
};
constexpr Named kMixes[] = {{"q3_k_m", Type::kQ3_K, Type::kQ4_K},
                            {"q4_k_m", Type::kQ4_K, Type::kQ6_K},
                            {"q5_k_m", Type::kQ5_K, Type::kQ6_K}};

std::string lower(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool in_gguf(const TypeInfo& info) { return static_cast<int32_t>(info.type) < kFirstOwnType; }

TypeMix pure(const std::string& name, Type type) {
  if (type_info(type).block_elements == 1) return {name, type, type, type, type, type, false};
  if (type == Type::kQ8_0) return {name, type, type, type, type, type, true};
  if (type == Type::kMXFP4 || type == Type::kNVFP4) {
    return {name, type, Type::kQ8_0, Type::kQ8_0, Type::kQ8_0, Type::kQ8_0, true};
  }
  return {name, type, type, type, type, Type::kQ6_K, true};
}

}  // namespace

std::vector<std::string> mix_names() {
  std::vector<std::string> names;
  for (const TypeInfo& info : all_types()) {
    if (in_gguf(info)) names.push_back(lower(info.name));
    for (const Named& mix : kMixes) {
      if (mix.most == info.type) names.push_back(mix.name);
    }
  }
  return names;
}

Result<TypeMix> find_mix(const std::string& name) {
  for (const Named& mix : kMixes) {
    if (name == mix.name)
      return TypeMix{name, mix.most, mix.value_and_down, mix.most, mix.most, Type::kQ6_K, true};
  }
  for (const TypeInfo& info : all_types()) {
    if (in_gguf(info) && name == lower(info.name)) return pure(name, info.type);
  }
  std::string list;
  for (const std::string& one : mix_names()) list += (list.empty() ? "" : ", ") + one;
  return Error(ErrorCode::kInvalidArgument, "There is no type \"" + name + "\"; the types are " + list + ".");
}

}  // namespace tug
