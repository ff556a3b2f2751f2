#include "api/defaults.h"

#include <algorithm>

#include "files/gguf_reader.h"

namespace tug {
namespace {

double number_or(const Json& object, const char* key, double otherwise) {
  const Json* value = object.find(key);
  return value && value->is_number() ? value->as_number() : otherwise;
}

void add_ids(const Json* ids, std::vector<int32_t>& to) {
  if (!ids) return;
  if (ids->is_integer() && ids->as_integer() >= 0 && ids->as_integer() <= INT32_MAX) {
    to.push_back(static_cast<int32_t>(ids->as_integer()));
  }
  if (ids->is_array()) {
    for (const Json& id : ids->items()) add_ids(&id, to);
  }
}

void add_metadata_id(const Checkpoint& checkpoint, std::string_view key, std::vector<int32_t>& to) {
  const auto id = find_integer(checkpoint.metadata(), key);
  const Json json = id ? Json(*id) : Json();
  add_ids(&json, to);
}

/// A token in tokenizer_config.json is a string or an object with its content.
std::string token_text(const Json* token) {
  if (token && token->is_object()) token = token->find("content");
  return token && token->is_string() ? token->as_string() : std::string();
}

}  // namespace

Sampling read_default_sampling(const Checkpoint& checkpoint) {
  Sampling sampling;
  const Json& config = checkpoint.generation_config();
  if (!config.is_object()) {
    sampling.temperature = 0.7, sampling.top_p = 0.8, sampling.top_k = 20;
    return sampling;
  }
  const Json* do_sample = config.find("do_sample");
  const bool samples = do_sample && do_sample->is_bool() && do_sample->as_bool();
  sampling.temperature = samples ? number_or(config, "temperature", 1) : 0;
  sampling.top_k = static_cast<int64_t>(number_or(config, "top_k", 50));
  sampling.top_p = number_or(config, "top_p", 1);
  sampling.min_p = number_or(config, "min_p", 0);
  sampling.repetition_penalty = number_or(config, "repetition_penalty", 1);
  sampling.presence_penalty = number_or(config, "presence_penalty", 0);
  return sampling;
}

std::vector<int32_t> read_stop_tokens(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  std::vector<int32_t> ids;
  const Json& config = checkpoint.config();
  add_ids(config.find("eos_token_id"), ids);
  if (const Json* text = config.find("text_config")) add_ids(text->find("eos_token_id"), ids);
  add_ids(checkpoint.generation_config().find("eos_token_id"), ids);
  add_metadata_id(checkpoint, "tokenizer.ggml.eos_token_id", ids);
  add_metadata_id(checkpoint, "tokenizer.ggml.eot_token_id", ids);
  for (const std::string& token : {token_text(checkpoint.tokenizer_config().find("eos_token")),
                                   std::string("<|im_end|>"), std::string("<|endoftext|>")}) {
    const auto id = token.empty() ? std::nullopt : tokenizer.id_of(token);
    if (id && tokenizer.is_special(*id)) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string read_named_token(const Checkpoint& checkpoint, const Tokenizer& tokenizer,
                             const std::string& name) {
  std::string text = token_text(checkpoint.tokenizer_config().find(name + "_token"));
  std::vector<int32_t> ids;
  add_metadata_id(checkpoint, "tokenizer.ggml." + name + "_token_id", ids);
  if (text.empty() && !ids.empty()) text = tokenizer.token_bytes(ids.front());
  return text;
}

}  // namespace tug
