#include "api/defaults.h"

#include <algorithm>

#include "files/gguf_metadata.h"

namespace tug {
namespace {

void add_ids(const Json* ids, std::vector<int32_t>& to) {
  if (!ids) return;
  if (ids->is_integer() && ids->as_integer() >= 0 && ids->as_integer() <= INT32_MAX) {
    to.push_back(static_cast<int32_t>(ids->as_integer()));
  }
  if (ids->is_array()) {
    for (const Json& id : ids->items()) add_ids(&id, to);
  }
}

/// Metadata ids have 32 bits; all of them set is llama.cpp's "none".
Status add_metadata_id(const Checkpoint& checkpoint, std::string_view key, std::vector<int32_t>& to) {
  const Json id = TUG_TRY(find_integer(checkpoint.metadata(), key, 0, UINT32_MAX)).value_or(UINT32_MAX);
  add_ids(&id, to);
  return {};
}

/// A token in tokenizer_config.json is a string or an object with its content.
std::string token_text(const Json* token) {
  if (token && token->is_object()) token = token->find("content");
  return token && token->is_string() ? token->as_string() : std::string();
}

}  // namespace

Result<std::vector<int32_t>> read_stop_tokens(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  std::vector<int32_t> ids;
  const Json& config = checkpoint.config();
  add_ids(config.find("eos_token_id"), ids);
  if (const Json* text = config.find("text_config")) add_ids(text->find("eos_token_id"), ids);
  add_ids(checkpoint.generation_config().find("eos_token_id"), ids);
  TUG_TRY(add_metadata_id(checkpoint, "tokenizer.ggml.eos_token_id", ids));
  TUG_TRY(add_metadata_id(checkpoint, "tokenizer.ggml.eot_token_id", ids));
  for (const std::string& token : {token_text(checkpoint.tokenizer_config().find("eos_token")),
                                   std::string("<|im_end|>"), std::string("<|endoftext|>")}) {
    const auto id = token.empty() ? std::nullopt : tokenizer.id_of(token);
    if (id && tokenizer.is_special(*id)) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Result<std::string> read_named_token(const Checkpoint& checkpoint, const Tokenizer& tokenizer,
                                     const std::string& name) {
  std::string text = token_text(checkpoint.tokenizer_config().find(name + "_token"));
  std::vector<int32_t> ids;
  TUG_TRY(add_metadata_id(checkpoint, "tokenizer.ggml." + name + "_token_id", ids));
  if (text.empty() && !ids.empty()) text = tokenizer.token_bytes(ids.front());
  return text;
}

}  // namespace tug
