// The saved form of a sequence: a header, tokens, pages as they lie in memory, the recurrent part, a checksum
// (XXH3, 64 bits, of all before it). All integers are little-endian.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>

#include "base/check.h"
#include "base/units.h"
#include "state/sequence.h"

namespace tug {
namespace {

constexpr uint32_t kMagic = 0x53475554;  // "TUGS"
constexpr uint32_t kVersion = 2;

struct Header {
  uint32_t magic = kMagic, version = kVersion;
  uint64_t model = 0, layout = 0;
  int64_t from = 0, length = 0;
  int64_t settled = 0;
  uint64_t has_fixed = 0;
};
static_assert(sizeof(Header) == 56);

class Checksum {
 public:
  Checksum() { XXH3_64bits_reset(&state_); }
  void add(ByteView bytes) { XXH3_64bits_update(&state_, bytes.data(), bytes.size()); }
  uint64_t value() const { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

ByteView view_of(const Arena& memory) { return {memory.data(), static_cast<size_t>(memory.size())}; }

Error corrupt(const std::string& what) {
  return Error(ErrorCode::kCorrupt, "The saved state is damaged: " + what + ".");
}

Status check(const Header& header, uint64_t model, uint64_t layout, int64_t length, int64_t capacity) {
  if (header.magic != kMagic) {
    return Error(ErrorCode::kCorrupt, "This is not a saved state of Tugboat.");
  }
  if (header.version != kVersion) {
    return Error(ErrorCode::kInvalidArgument,
                 "The saved state has version " + std::to_string(header.version) +
                     "; this Tugboat reads version " + std::to_string(kVersion) + ". Compute it anew.");
  }
  if (header.model != model) {
    return Error(ErrorCode::kInvalidArgument, "The saved state belongs to another model.");
  }
  if (header.layout != layout) {
    return Error(
        ErrorCode::kInvalidArgument,
        "The saved state belongs to another backend or cache format. Use those that it was saved with.");
  }
  if (header.from < 0 || header.from % kPageTokens != 0 || header.length < header.from ||
      header.settled < 0 || header.settled > header.length || header.has_fixed > 1) {
    return corrupt("its header makes no sense");
  }
  if (header.from != length) {
    return Error(ErrorCode::kInvalidArgument, "The saved state begins at token " +
                                                  std::to_string(header.from) + "; the sequence has " +
                                                  std::to_string(length) + ".");
  }
  if (header.length > capacity) {
    return Error(ErrorCode::kContextFull, "The saved state has " + format_count(header.length) +
                                              " tokens; the context holds " + format_count(capacity) + ".");
  }
  return {};
}

}  // namespace

Status Sequence::save(int64_t from, uint64_t model, std::span<const int32_t> tokens,
                      FunctionRef<Status(ByteView)> sink) const {
  TUG_TRY(check_idle());
  if (from < 0 || from % kPageTokens != 0 || from > length_) {
    return Error(ErrorCode::kInvalidArgument, "A range must begin at a multiple of " +
                                                  std::to_string(kPageTokens) +
                                                  " tokens within the sequence.");
  }
  TUG_CHECK(std::ssize(tokens) == length_ - from);
  Checksum checksum;
  const auto put = [&](ByteView bytes) {
    checksum.add(bytes);
    return sink(bytes);
  };
  const Header header = {.model = model,
                         .layout = layout().id,
                         .from = from,
                         .length = length_,
                         .settled = settled_,
                         .has_fixed = fixed_ && length_ > 0 ? 1u : 0u};
  TUG_TRY(put(std::as_bytes(std::span(&header, 1))));
  TUG_TRY(put(std::as_bytes(tokens)));
  for (int64_t at = from; at < length_ && layout().page_bytes > 0; at += kPageTokens)
    TUG_TRY(put(view_of(*pages_[static_cast<size_t>(at / kPageTokens)])));
  if (header.has_fixed) TUG_TRY(put(view_of(*fixed_)));
  const uint64_t value = checksum.value();
  return sink(std::as_bytes(std::span(&value, 1)));
}

Result<std::vector<int32_t>> Sequence::restore(uint64_t model, FunctionRef<Status(MutableByteView)> source) {
  TUG_TRY(check_idle());
  Checksum checksum;
  const auto get = [&](MutableByteView bytes) -> Status {
    TUG_TRY(source(bytes));
    checksum.add(bytes);
    return {};
  };
  Header header;
  TUG_TRY(get(std::as_writable_bytes(std::span(&header, 1))));
  TUG_TRY(check(header, model, layout().id, length_, capacity_));
  if (header.has_fixed != (layout().fixed_bytes > 0 && header.length > 0 ? 1u : 0u))
    return corrupt("its recurrent part is missing or too much");
  if (header.has_fixed ? header.settled < header.length - kDropMax : header.settled != 0)
    return corrupt("it promises a way back that it does not have");
  std::vector<int32_t> tokens(static_cast<size_t>(header.length - header.from));
  TUG_TRY(get(std::as_writable_bytes(std::span(tokens))));
  std::vector<SharedMemory> pages;
  const auto memory_of = [&](const SharedMemory& memory) {
    return MutableByteView(memory->data(), static_cast<size_t>(memory->size()));
  };
  for (int64_t at = header.from; at < header.length && layout().page_bytes > 0; at += kPageTokens) {
    pages.push_back(TUG_TRY(pool_.take_page()));
    TUG_TRY(get(memory_of(pages.back())));
  }
  SharedMemory fixed;
  if (header.has_fixed) {
    fixed = TUG_TRY(pool_.take_fixed());
    TUG_TRY(get(memory_of(fixed)));
  }
  const uint64_t expected = checksum.value();
  uint64_t value = 0;
  TUG_TRY(source(std::as_writable_bytes(std::span(&value, 1))));
  if (value != expected) return corrupt("its checksum is wrong");
  pages_.resize(static_cast<size_t>(layout().page_bytes > 0 ? header.from / kPageTokens : 0));
  pages_.insert(pages_.end(), pages.begin(), pages.end());
  fixed_ = std::move(fixed);
  length_ = header.length;
  settled_ = header.settled;
  return tokens;
}

}  // namespace tug
