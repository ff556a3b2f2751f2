#include "text/load_tokenizer.h"

#include "files/gguf_metadata.h"

namespace tug {
namespace {

/// How GGUF files of an architecture cut text when they do not say so.
std::string_view usual_pre_tokenizer(std::string_view architecture) {
  if (architecture.starts_with("qwen35")) return "qwen35";
  return architecture.starts_with("qwen") ? "qwen2" : "";
}

constexpr const char* kText = "a text";
constexpr const char* kTexts = "an array of texts";
constexpr const char* kNumbers = "an array of whole numbers";

Result<Vocabulary> read_vocabulary(const GgufMetadata& metadata) {
  using Texts = std::vector<std::string_view>;
  Vocabulary vocabulary;
  vocabulary.tokens = TUG_TRY(find_value<Texts>(metadata, "tokenizer.ggml.tokens", kTexts));
  vocabulary.model = TUG_TRY(find_value<std::string_view>(metadata, "tokenizer.ggml.model", kText));
  vocabulary.pre = TUG_TRY(find_value<std::string_view>(metadata, "tokenizer.ggml.pre", kText));
  vocabulary.merges = TUG_TRY(find_value<Texts>(metadata, "tokenizer.ggml.merges", kTexts));
  if (vocabulary.pre.empty()) {
    vocabulary.pre =
        usual_pre_tokenizer(TUG_TRY(find_value<std::string_view>(metadata, "general.architecture", kText)));
  }
  const auto types =
      TUG_TRY(find_value<std::vector<int64_t>>(metadata, "tokenizer.ggml.token_type", kNumbers));
  for (const int64_t type : types) {
    if (type < 0 || type > INT32_MAX)
      return metadata_error(metadata, "tokenizer.ggml.token_type", "an array of small whole numbers");
    vocabulary.types.push_back(static_cast<int32_t>(type));
  }
  return vocabulary;
}

}  // namespace

Result<Tokenizer> load_tokenizer(const Checkpoint& checkpoint) {
  const std::string json = TUG_TRY(checkpoint.tokenizer_json());
  if (!json.empty()) return Tokenizer::from_json(json).in("tokenizer.json of " + checkpoint.name());
  const GgufMetadata& metadata = checkpoint.metadata();
  const Vocabulary vocabulary = TUG_TRY(read_vocabulary(metadata).in("model " + checkpoint.name()));
  if (vocabulary.tokens.empty()) {
    return Error(ErrorCode::kNotFound, "The model " + checkpoint.name() +
                                           " brings no tokenizer: neither a tokenizer.json nor the key "
                                           "tokenizer.ggml.tokens. Add the model's tokenizer.json.");
  }
  return Tokenizer::from_vocabulary(vocabulary).in(checkpoint.name());
}

}  // namespace tug
