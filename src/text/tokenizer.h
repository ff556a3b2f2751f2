// Text to token ids and back: Hugging Face's tokenizers library behind two classes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tugboat/result.h"

struct TugTokenizer;

namespace tug {

/// A GGUF vocabulary: the tokenizer.ggml.* keys. The texts are borrowed for the call.
struct Vocabulary {
  std::string model;                     // tokenizer.ggml.model
  std::string pre;                       // tokenizer.ggml.pre
  std::vector<std::string_view> tokens;  // the index is the id
  std::vector<int32_t> types;            // as many as tokens, or none
  std::vector<std::string_view> merges;  // "left right", best first
};

/// A text in which some control strings are only text: a mark after their first character says so.
struct MarkedText {
  std::string text;
  std::string mark;  // one noncharacter of Unicode that the conversation does not contain, or empty

  /// The text without marks.
  std::string plain() const;
};

/// A byte-level tokenizer. Movable; const use from several threads at once is fine. Adds no BOS or EOS by
/// itself.
class Tokenizer {
 public:
  /// What to do with added tokens (special or not) whose text occurs in the input.
  enum class Controls { kRecognise, kAsText };

  /// From a Hugging Face tokenizer.json. Errors: kCorrupt; kUnsupported when its decoder is not ByteLevel.
  static Result<Tokenizer> from_json(std::string_view tokenizer_json);
  /// From a GGUF vocabulary: the tokenizer of the tokenizer.json it was made from, except that converters
  /// mark every added token of the form <|...|> as special. Errors: kCorrupt; kUnsupported for a model other
  /// than "gpt2" or an unknown `pre`, which it names.
  static Result<Tokenizer> from_vocabulary(const Vocabulary& vocabulary);

  /// Bytes that are no UTF-8 are encoded as U+FFFD.
  Result<std::vector<int32_t>> encode(std::string_view text, Controls controls) const;
  /// Recognises controls except the marked ones; the ids are those of the plain text otherwise.
  Result<std::vector<int32_t>> encode(const MarkedText& text) const;

  /// The text of `ids`; broken UTF-8 becomes U+FFFD. Ids that are no token add nothing.
  std::string decode(std::span<const int32_t> ids, bool with_special) const;
  /// The raw bytes of one token, perhaps part of a character; empty for an id that is no token.
  std::string_view token_bytes(int32_t id) const;

  /// One more than the largest id. A model's embedding may have more rows.
  int32_t size() const { return static_cast<int32_t>(offsets_.size()) - 1; }
  /// The id of a token in the vocabulary's spelling ("<|im_end|>", "Ġhello").
  std::optional<int32_t> id_of(std::string_view token) const;
  /// Special tokens are left out by decode(ids, false). The tags of Qwen's reasoning and tool calls are not
  /// special.
  bool is_special(int32_t id) const;
  /// The ids of all added tokens, special or not, in ascending order.
  const std::vector<int32_t>& added_tokens() const { return added_; }

 private:
  struct Destroy {
    void operator()(TugTokenizer* handle) const;
  };
  explicit Tokenizer(TugTokenizer* handle);
  static Result<Tokenizer> finish(TugTokenizer* handle);
  void read_pieces(std::string_view table);

  std::unique_ptr<TugTokenizer, Destroy> handle_;
  std::string bytes_;              // of all tokens, one after the other
  std::vector<uint32_t> offsets_;  // [size + 1] into bytes_
  std::vector<bool> special_;      // [size]
  std::vector<int32_t> added_;
};

/// Turns ids into text as they come, never splitting a character. The tokenizer must outlive it.
class Detokenizer {
 public:
  explicit Detokenizer(const Tokenizer& tokenizer, bool with_special = false)
      : tokenizer_(&tokenizer), with_special_(with_special) {}

  /// What can be shown now. All pushes and the finish together are the text of decode().
  std::string push(int32_t id);
  /// What has come ends in the middle of a character.
  bool in_character() const { return !pending_.empty(); }
  /// The rest: a character that was never completed is U+FFFD. Begins anew.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  bool with_special_;
  std::string pending_;  // the beginning of a character
};

}  // namespace tug
