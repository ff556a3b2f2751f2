// What stands behind the handles of the public API.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/engine.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"
#include "tugboat/model.h"

namespace tug {

struct ModelText::Parts {
  Tokenizer tokenizer;
  std::optional<ChatTemplate> chat_template;
  std::vector<Json::Member> template_variables;  // bos_token, eos_token
  std::vector<int32_t> stop_tokens;              // ascending
  Sampling default_sampling;
};

struct Model::Parts {
  ModelText text;
  std::unique_ptr<Engine> engine;
  ModelInfo info;
};

struct Session::Parts {
  std::shared_ptr<Model::Parts> model;
  std::unique_ptr<Sequence> sequence;
  std::vector<int32_t> tokens;  // whose state the sequence holds
};

/// "demo" or a path.
Result<Checkpoint> open_checkpoint(const std::string& model);

/// Tokenizer, template and defaults of a checkpoint. Errors: kNotFound without a tokenizer; kCorrupt,
/// kUnsupported.
Result<ModelText> read_model_text(const Checkpoint& checkpoint);

}  // namespace tug
