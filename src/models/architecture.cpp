#include "models/architecture.h"

#include "base/printable.h"
#include "models/builder.h"

namespace tug {

#define TUG_ARCHITECTURE(name, hf_names, gguf) Result<Plan> build_##name(Builder& builder);
#include "models/architectures.def"
#undef TUG_ARCHITECTURE

namespace {

constexpr Architecture kArchitectures[] = {
#define TUG_ARCHITECTURE(name, hf_names, gguf) {#name, hf_names, gguf, build_##name},
#include "models/architectures.def"
#undef TUG_ARCHITECTURE
};

bool has_word(std::string_view words, std::string_view word) {
  const std::string padded = " " + std::string(words) + " ";
  return !word.empty() && word.find(' ') == word.npos &&
         padded.find(" " + std::string(word) + " ") != padded.npos;
}

/// What the checkpoint calls its architecture. Errors: it does not.
Result<std::string> declared_name(const Checkpoint& checkpoint) {
  if (checkpoint.format() == CheckpointFormat::kGguf) {
    const auto found = checkpoint.metadata().find("general.architecture");
    const auto* name =
        found == checkpoint.metadata().end() ? nullptr : std::get_if<std::string_view>(&found->second);
    if (name) return std::string(*name);
    return Error(ErrorCode::kCorrupt, "The GGUF metadata has no text \"general.architecture\".");
  }
  const Json* type = checkpoint.config().find("model_type");
  if (type && type->is_string()) return type->as_string();
  return Error(ErrorCode::kCorrupt,
               "config.json has no text \"model_type\", so the architecture is unknown.");
}

Error unsupported(const std::string& name, bool gguf) {
  std::string known;
  for (const Architecture& architecture : kArchitectures) {
    known += (known.empty() ? "" : ", ") + std::string(gguf ? architecture.gguf : architecture.name);
  }
  return {ErrorCode::kUnsupported,
          "The architecture \"" + printable(name) + "\" is not supported. Supported are " + known + "."};
}

}  // namespace

std::span<const Architecture> all_architectures() { return kArchitectures; }

Result<Plan> make_plan(const Checkpoint& checkpoint) {
  const std::string name = TUG_TRY(declared_name(checkpoint).in(checkpoint.name()));
  const bool gguf = checkpoint.format() == CheckpointFormat::kGguf;
  for (const Architecture& architecture : kArchitectures) {
    if (!(gguf ? architecture.gguf == name : has_word(architecture.hf_names, name))) continue;
    Builder builder(checkpoint, architecture);
    return architecture.build(builder).in(checkpoint.name());
  }
  return unsupported(name, gguf).in(checkpoint.name());
}

}  // namespace tug
