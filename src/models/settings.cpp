#include "models/settings.h"

#include "base/units.h"
#include "files/gguf_metadata.h"

namespace tug {
namespace {

bool within(const std::optional<int64_t>& value, Range range) {
  return value && *value >= range.min && *value <= range.max;
}

std::string text_of(Range range) {
  return "a whole number from " + format_count(range.min) + " to " + format_count(range.max);
}

}  // namespace

Settings::Settings(const Checkpoint& checkpoint, std::string_view gguf_architecture, Problems& problems)
    : gguf_(checkpoint.format() == CheckpointFormat::kGguf),
      prefix_(std::string(gguf_architecture) + "."),
      metadata_(&checkpoint.metadata()),
      problems_(&problems) {
  const Json* text_config = checkpoint.config().find("text_config");
  if (text_config && text_config->is_object()) objects_.push_back(text_config);
  objects_.push_back(&checkpoint.config());
}

Json Settings::value(const Key& key) const {
  if (gguf_) {
    return key.gguf.empty() ? Json() : metadata_json(*metadata_, prefix_ + std::string(key.gguf));
  }
  for (const Json* object : objects_) {
    for (std::string_view name : {key.hf, key.old_hf}) {
      const Json* found = name.empty() ? nullptr : object->find(name);
      if (found && !found->is_null()) return *found;
    }
  }
  return {};
}

int64_t Settings::integer(const Key& key, Range range, std::optional<int64_t> otherwise) {
  const Json found = value(key);
  if (found.is_null() && otherwise) return *otherwise;
  const std::optional<int64_t> number = found.whole();
  if (within(number, range)) return *number;
  expected(key, text_of(range), found);
  return range.min;
}

PerLayer Settings::per_layer(const Key& key, Range range, int64_t layers, std::optional<int64_t> otherwise) {
  const Json found = value(key);
  if (!found.is_array()) return PerLayer({integer(key, range, otherwise)});
  std::vector<int64_t> values;
  for (const Json& item : found.items()) {
    const std::optional<int64_t> number = item.whole();
    if (!within(number, {0, range.max})) break;
    values.push_back(*number);
  }
  const bool is_good = values.size() == found.items().size() && static_cast<int64_t>(values.size()) >= layers;
  if (is_good && !values.empty()) return PerLayer(std::move(values));
  expected(key, text_of(range) + " for each of " + format_count(layers) + " layers", found);
  return PerLayer({range.min});
}

double Settings::number(const Key& key, double min, double max, std::optional<double> otherwise) {
  const Json found = value(key);
  if (found.is_null() && otherwise) return *otherwise;
  if (found.is_number() && found.as_number() >= min && found.as_number() <= max) return found.as_number();
  expected(key, "a number from " + Json(min).dump() + " to " + Json(max).dump(), found);
  return min;
}

bool Settings::flag(const Key& key, bool otherwise) {
  const Json found = value(key);
  if (found.is_null()) return otherwise;
  if (found.is_bool()) return found.as_bool();
  expected(key, "true or false", found);
  return otherwise;
}

std::string Settings::text(const Key& key, std::string_view otherwise) {
  const Json found = value(key);
  if (found.is_string()) return found.as_string();
  if (!found.is_null()) expected(key, "a text", found);
  return std::string(otherwise);
}

Settings Settings::preferring(const std::vector<std::string_view>& objects) const {
  Settings copy = *this;
  std::vector<const Json*> first;
  for (std::string_view name : objects) {
    for (const Json* object : objects_) {
      const Json* found = object->find(name);
      if (found && found->is_object()) first.push_back(found);
    }
  }
  copy.objects_.insert(copy.objects_.begin(), first.begin(), first.end());
  return copy;
}

std::string Settings::name(const Key& key) const {
  return "\"" + (gguf_ ? prefix_ + std::string(key.gguf) : std::string(key.hf)) + "\"";
}

void Settings::wrong(const Key& key, const std::string& what) {
  problems_->add(Problems::Kind::kSetting, name(key) + " " + what);
}

void Settings::refuse(const Key& key, const std::string& what) {
  problems_->add(Problems::Kind::kUnsupported, name(key) + " " + what);
}

void Settings::expected(const Key& key, const std::string& what, const Json& found) {
  wrong(key,
        "must be " + what + "; " + (found.is_null() ? "it is absent." : "it is " + found.excerpt() + "."));
}

}  // namespace tug
