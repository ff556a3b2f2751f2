// Any bytes as a saved sequence. What is refused leaves no trace; what is taken is saved again as the same
// bytes and can be continued. The first byte chooses the layout, the beginning, and whether the checksum is
// put right, which no mutation would find.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "state/sequence.h"

namespace {

constexpr tug::StateLayout kLayouts[] = {{.page_bytes = 64, .fixed_bytes = 32, .id = 1},
                                         {.page_bytes = 64, .fixed_bytes = 0, .id = 1},
                                         {.page_bytes = 0, .fixed_bytes = 32, .id = 1}};
constexpr uint64_t kModel = 1;
constexpr int64_t kCapacity = 512;

void demand(bool condition) {
  if (!condition) std::abort();
}

/// Hands out `bytes`, then, if `mend`, the right checksum of what was handed out.
class Stream {
 public:
  Stream(tug::ByteView bytes, bool mend) : bytes_(bytes), mend_(mend) {}

  tug::Status read(tug::MutableByteView to) {
    demand(to.size() <= kCapacity * sizeof(int32_t));
    if (mend_ && bytes_.remaining() < to.size() && to.size() == sizeof(uint64_t)) {
      const uint64_t sum = XXH3_64bits(given.data(), given.size());
      std::memcpy(to.data(), &sum, sizeof(sum));
    } else {
      std::ranges::copy(TUG_TRY(bytes_.take(to.size())), to.begin());
    }
    given.insert(given.end(), to.begin(), to.end());
    return {};
  }
  std::vector<std::byte> given;

 private:
  tug::ByteReader bytes_;
  bool mend_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const tug::StateLayout& layout = kLayouts[(data[0] & 3) % 3];
  tug::MemoryBudget budget(10 * 64);
  tug::StatePool pool(layout, budget);
  tug::Sequence sequence(pool, kCapacity);
  const int64_t from = (data[0] & 8) != 0 ? tug::kPageTokens : 0;
  demand(sequence.begin(from).ok());
  sequence.commit(from);
  const int64_t used = pool.bytes_used();

  Stream stream({reinterpret_cast<const std::byte*>(data + 1), size - 1}, (data[0] & 4) != 0);
  auto tokens = sequence.restore(kModel, [&](tug::MutableByteView to) { return stream.read(to); });
  if (!tokens.ok()) {
    demand(sequence.length() == from && pool.bytes_used() == used && sequence.error() == nullptr);
    demand(!tokens.error().message().empty());
    return 0;
  }
  demand(sequence.length() == from + std::ssize(*tokens));
  std::vector<std::byte> again;
  demand(sequence
             .save(from, kModel, *tokens,
                   [&](tug::ByteView bytes) -> tug::Status {
                     again.insert(again.end(), bytes.begin(), bytes.end());
                     return {};
                   })
             .ok());
  demand(again == stream.given);
  if (sequence.begin(1).ok()) {
    if (layout.page_bytes > 0) sequence.page(sequence.length() / tug::kPageTokens)[0] = std::byte{1};
    if (layout.fixed_bytes > 0) sequence.fixed()[0] = std::byte{1};
    sequence.commit(1);
    demand(sequence.truncate(sequence.length() - 1).ok());
  }
  demand(sequence.truncate(0).ok());
  return 0;
}
