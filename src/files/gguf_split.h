// What one GGUF file is to a model. Names of the parts of a split one, as llama-gguf-split writes them:
// base-00002-of-00005.gguf.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "files/checkpoint.h"

namespace tug {

struct GgufPartName {
  std::string base;
  int64_t number = 0;  // from 1
  int64_t count = 0;

  std::string of(int64_t part_number) const;
};

/// What a file is that stands beside models: "a LoRA adapter". Empty: it may be a model.
std::string_view gguf_companion(const GgufMetadata& metadata);

/// None when the name does not end like a part's.
std::optional<GgufPartName> parse_gguf_part_name(const std::string& file);

}  // namespace tug
