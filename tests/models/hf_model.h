// Hugging Face checkpoints without contents: a config and a table of tensors, written as sparse files. The
// table is made from the config by the naming rules of transformers, independently of src/models.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "files/checkpoint.h"
#include "models/architecture.h"

namespace tug {

enum class ExpertLayout { kSingle, kFused, kFp8, kFusedFp8 };

struct HfModel {
  struct Entry {
    std::string dtype;
    std::vector<int64_t> shape;
  };
  Json config;
  std::map<std::string, Entry> tensors;

  int64_t get(const char* key) const;  // an integer of the (text) config
  Json& text_config();

  /// Writes the files into a temporary directory (removed at once; open files live on) and opens them.
  Result<Checkpoint> open() const;
  Result<Plan> plan() const;
  /// The message of the error that plan() must give.
  std::string error() const;
};

/// All tensors of the config's model_type; `mtp`: with a multi-token prediction layer.
HfModel make_hf_model(Json config, ExpertLayout experts, bool mtp = false);

/// Small configs, as save_pretrained writes them today.
Json qwen2_moe_config();
Json qwen3_moe_config();
Json qwen3_next_config();
Json qwen3_5_moe_text_config();
/// Qwen3.8-2.4T-A95B.
Json qwen3_8_config();

Json json_of(const char* text);

}  // namespace tug
