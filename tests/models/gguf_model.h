// GGUF checkpoints of zeros: metadata and a table of tensors, in the naming of llama.cpp's converter.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/architecture.h"
#include "support/gguf_writer.h"

namespace tug {

struct GgufModel {
  struct Entry {
    Type type = Type::kF32;
    std::vector<int64_t> shape;   // outermost first
    std::vector<float> contents;  // F32; empty: zeros
  };
  std::string architecture;
  std::map<std::string, std::function<void(GgufWriter&, const std::string&)>>
      metadata;  // keys without architecture
  std::map<std::string, Entry> tensors;

  /// Sets a value (uint32_t, float, bool, text or array) of "<architecture>.<key>".
  template <class T>
  void set(const std::string& key, T value) {
    metadata[key] = [value](GgufWriter& writer, const std::string& name) { writer.set(name, value); };
  }
  void number(const std::string& key, uint32_t value) { set(key, value); }
  void rename(const std::string& from, const std::string& to);

  Result<Plan> plan() const;
  std::string error() const;
};

/// A small model: 4 layers, hidden 64, 4 heads and 2 for keys and values, of 32; 8 experts of width 32, 2
/// chosen; DeltaNet with 2 key and 4 value heads of 32. `architecture`: qwen2moe, qwen3moe, qwen3next or
/// qwen35moe.
GgufModel make_gguf_model(const std::string& architecture, bool mtp = false);

}  // namespace tug
