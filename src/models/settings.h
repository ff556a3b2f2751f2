// Hyper-parameters, read alike from a Hugging Face config and from GGUF metadata. What is absent, of the
// wrong kind or out of range is noted as a problem, and a harmless value is returned, so that one error can
// name them all.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/checkpoint.h"
#include "models/problems.h"

namespace tug {

/// A setting's two names: in config.json (also below text_config), and in GGUF after "<architecture>.". An
/// empty name: that source does not have it.
struct Key {
  std::string_view hf;
  std::string_view gguf = {};
  std::string_view old_hf = {};  // another spelling in config.json
};

struct Range {
  int64_t min = 0, max = 0;
};

// Wide enough for any model, narrow enough that products of three stay far from 2^63.
inline constexpr Range kSizes{1, int64_t{1} << 24};
inline constexpr Range kHeadCounts{1, 1 << 16};
inline constexpr Range kHeadSizes{1, 1 << 14};

/// One value for all layers, or one each.
class PerLayer {
 public:
  PerLayer() = default;
  explicit PerLayer(std::vector<int64_t> values) : values_(std::move(values)) {}
  /// Layers beyond the last (MTP) are as the last one.
  int64_t at(int64_t layer) const {
    return values_[std::min(static_cast<size_t>(layer), values_.size() - 1)];
  }
  int64_t largest() const { return *std::max_element(values_.begin(), values_.end()); }
  const std::vector<int64_t>& values() const { return values_; }

 private:
  std::vector<int64_t> values_ = {0};
};

class Settings {
 public:
  /// Everything that is passed must outlive the settings.
  Settings(const Checkpoint& checkpoint, std::string_view gguf_architecture, Problems& problems);

  bool gguf() const { return gguf_; }

  /// The value, null when it is absent.
  Json value(const Key& key) const;
  bool has(const Key& key) const { return !value(key).is_null(); }

  /// Without `otherwise`, an absent value is a problem.
  int64_t integer(const Key& key, Range range, std::optional<int64_t> otherwise = {});
  /// A number, or an array with one for each layer (0 allowed: the layer has none).
  PerLayer per_layer(const Key& key, Range range, int64_t layers, std::optional<int64_t> otherwise = {});
  double number(const Key& key, double min, double max, std::optional<double> otherwise = {});
  bool flag(const Key& key, bool otherwise);
  std::string text(const Key& key, std::string_view otherwise);

  /// The same settings, but these objects of the config are searched first.
  Settings preferring(const std::vector<std::string_view>& objects) const;

  /// How a message names a setting: "hidden_size" or "qwen3moe.embedding_length", in quotes.
  std::string name(const Key& key) const;
  /// Notes "<name> <what>".
  void wrong(const Key& key, const std::string& what);
  void refuse(const Key& key, const std::string& what);

 private:
  void expected(const Key& key, const std::string& what, const Json& found);

  bool gguf_;
  std::string prefix_;  // "qwen3moe."
  const GgufMetadata* metadata_;
  std::vector<const Json*> objects_;  // searched in this order
  Problems* problems_;
};

}  // namespace tug
