#include "text/tokenizer.h"

#include <utility>

#include "base/bytes.h"
#include "text/library.h"
#include "text/utf8.h"

namespace tug {
namespace {

// Flags in the table of pieces (rust/src/pieces.rs).
constexpr uint8_t kAdded = 1;
constexpr uint8_t kSpecial = 2;

std::vector<TugText> lend_all(const std::vector<std::string_view>& texts) {
  std::vector<TugText> lent(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) lent[i] = lend(texts[i]);
  return lent;
}

Result<std::vector<int32_t>> take_ids(TugOutcome outcome) {
  const std::string bytes = TUG_TRY(take(outcome));
  std::vector<int32_t> ids(bytes.size() / sizeof(int32_t));
  if (!ids.empty()) std::memcpy(ids.data(), bytes.data(), bytes.size());
  return ids;
}

}  // namespace

std::string MarkedText::plain() const {
  if (mark.empty()) return text;
  std::string out;
  size_t from = 0;
  for (size_t at; (at = text.find(mark, from)) != std::string::npos; from = at + mark.size()) {
    out.append(text, from, at - from);
  }
  return out.append(text, from);
}

void Tokenizer::Destroy::operator()(TugTokenizer* handle) const { tug_tokenizer_destroy(handle); }

Tokenizer::Tokenizer(TugTokenizer* handle) : handle_(handle) {}

Result<Tokenizer> Tokenizer::from_json(std::string_view tokenizer_json) {
  TugTokenizer* handle = nullptr;
  TUG_TRY(take(tug_tokenizer_from_json(lend(tokenizer_json), &handle)));
  return finish(handle);
}

Result<Tokenizer> Tokenizer::from_vocabulary(const Vocabulary& vocabulary) {
  const std::vector<TugText> tokens = lend_all(vocabulary.tokens), merges = lend_all(vocabulary.merges);
  TugTokenizer* handle = nullptr;
  TUG_TRY(take(tug_tokenizer_from_vocabulary(lend(vocabulary.model), lend(vocabulary.pre), tokens.data(),
                                             tokens.size(), vocabulary.types.data(), vocabulary.types.size(),
                                             merges.data(), merges.size(), &handle)));
  return finish(handle);
}

Result<Tokenizer> Tokenizer::finish(TugTokenizer* handle) {
  Tokenizer tokenizer(handle);
  tokenizer.read_pieces(TUG_TRY(take(tug_tokenizer_pieces(handle))));
  return tokenizer;
}

void Tokenizer::read_pieces(std::string_view table) {
  constexpr size_t kHead = sizeof(uint8_t) + sizeof(uint32_t);
  offsets_.push_back(0);
  while (!table.empty()) {
    const uint8_t flags = static_cast<uint8_t>(table[0]);
    const uint32_t size = load<uint32_t>(table.data() + 1);
    if (flags & kAdded) added_.push_back(static_cast<int32_t>(special_.size()));
    special_.push_back(flags & kSpecial);
    bytes_ += table.substr(kHead, size);
    offsets_.push_back(static_cast<uint32_t>(bytes_.size()));
    table.remove_prefix(kHead + size);
  }
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text, Controls controls) const {
  return take_ids(tug_tokenizer_encode(handle_.get(), lend(text), controls == Controls::kAsText, lend("")));
}

Result<std::vector<int32_t>> Tokenizer::encode(const MarkedText& text) const {
  return take_ids(tug_tokenizer_encode(handle_.get(), lend(text.text), 0, lend(text.mark)));
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool with_special) const {
  std::string bytes;
  for (const int32_t id : ids) {
    if (with_special || !is_special(id)) bytes += token_bytes(id);
  }
  return to_utf8(std::move(bytes));
}

std::string_view Tokenizer::token_bytes(int32_t id) const {
  if (id < 0 || id >= size()) return {};
  return std::string_view(bytes_).substr(offsets_[id], offsets_[id + 1] - offsets_[id]);
}

std::optional<int32_t> Tokenizer::id_of(std::string_view token) const {
  const Result<std::vector<int32_t>> ids = take_ids(tug_tokenizer_id(handle_.get(), lend(token)));
  if (!ids.ok() || ids.value().empty()) return std::nullopt;
  return ids.value().front();
}

bool Tokenizer::is_special(int32_t id) const { return id >= 0 && id < size() && special_[id]; }

std::string Detokenizer::push(int32_t id) {
  std::string text;
  if (with_special_ || !tokenizer_->is_special(id)) pending_ += tokenizer_->token_bytes(id);
  drain_utf8(pending_, text);
  return text;
}

std::string Detokenizer::finish() { return to_utf8(std::exchange(pending_, {})); }

}  // namespace tug
