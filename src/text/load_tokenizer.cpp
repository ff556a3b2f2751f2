#include "text/load_tokenizer.h"

namespace tug {
namespace {

/// The value of a metadata key of that type; empty when it is absent or of another type.
template <class T>
T find_or_empty(const GgufMetadata& metadata, std::string_view key) {
  const auto found = metadata.find(key);
  const T* value = found == metadata.end() ? nullptr : std::get_if<T>(&found->second);
  return value ? *value : T();
}

}  // namespace

Result<Tokenizer> load_tokenizer(const Checkpoint& checkpoint) {
  const std::string json = TUG_TRY(checkpoint.tokenizer_json());
  if (!json.empty()) return Tokenizer::from_json(json).in("tokenizer.json of " + checkpoint.name());
  const GgufMetadata& metadata = checkpoint.metadata();
  Vocabulary vocabulary;
  vocabulary.tokens = find_or_empty<std::vector<std::string_view>>(metadata, "tokenizer.ggml.tokens");
  if (vocabulary.tokens.empty()) {
    return Error(ErrorCode::kNotFound, "The model " + checkpoint.name() +
                                           " brings no tokenizer: neither a tokenizer.json nor the key "
                                           "tokenizer.ggml.tokens. Add the model's tokenizer.json.");
  }
  vocabulary.model = find_or_empty<std::string_view>(metadata, "tokenizer.ggml.model");
  vocabulary.pre = find_or_empty<std::string_view>(metadata, "tokenizer.ggml.pre");
  vocabulary.merges = find_or_empty<std::vector<std::string_view>>(metadata, "tokenizer.ggml.merges");
  for (const int64_t type : find_or_empty<std::vector<int64_t>>(metadata, "tokenizer.ggml.token_type")) {
    vocabulary.types.push_back(static_cast<int32_t>(type));
  }
  return Tokenizer::from_vocabulary(vocabulary).in(checkpoint.name());
}

}  // namespace tug
