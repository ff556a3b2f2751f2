// Any bytes as a saved sequence. Half of the inputs get a right checksum, else none would get far.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <vector>

#include "state/sequence.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), data, size);
  if (size > 8 && data[size - 1] % 2 == 0) {
    const uint64_t sum = XXH3_64bits(data, size - 8);
    std::memcpy(bytes.data() + size - 8, &sum, 8);
  }
  tug::MemoryBudget budget(1 << 20);
  tug::StatePool pool({.page_bytes = 256, .fixed_bytes = 64, .id = 7}, budget);
  tug::Sequence sequence(pool, 4096);
  size_t at = 0;
  const auto restored = sequence.restore(5, [&](tug::MutableByteView to) -> tug::Status {
    if (to.size() > bytes.size() - at) return tug::Error(tug::ErrorCode::kCorrupt, "The end.");
    if (!to.empty()) std::memcpy(to.data(), bytes.data() + at, to.size());
    at += to.size();
    return {};
  });
  const auto tokens = restored.ok() ? static_cast<int64_t>(restored.value().size()) : 0;
  if (sequence.length() != tokens) __builtin_trap();
  if (!restored.ok() && pool.bytes_used() != 0) __builtin_trap();  // nothing has changed
  if (restored.ok() && sequence.begin(1).ok()) sequence.commit(1);
  return 0;
}
