// A sequence of 32,768 tokens goes to a file and comes back within its own memory and 16 MiB.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "platform/memory.h"
#include "state/sequence.h"
#include "support/expect.h"
#include "support/sanitized.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

constexpr int64_t kMiB = 1 << 20, kTokens = 32'768, kPages = kTokens / kPageTokens;
constexpr int64_t kExtra = 16 * kMiB;

/// The most memory held from now on; false where the system does not tell.
bool restart_peak() {
  std::ofstream file("/proc/self/clear_refs");
  return file && (file << "5").flush().good();
}

/// What word `index` of page `page` holds: the fixed part is page -1.
uint64_t word_at(int64_t page, int64_t index) {
  return (static_cast<uint64_t>(page + 2) << 32 | static_cast<uint64_t>(index)) * 0x9e3779b97f4a7c15ull;
}

template <class Visit>
void for_each_word(const Sequence& sequence, const StateLayout& layout, Visit visit) {
  const auto walk = [&](std::byte* memory, int64_t bytes, int64_t page) {
    for (int64_t i = 0; i < bytes / 8; ++i) visit(memory + 8 * i, word_at(page, i));
  };
  for (int64_t page = 0; page < kPages; ++page) walk(sequence.page(page), layout.page_bytes, page);
  if (layout.fixed_bytes > 0) walk(sequence.fixed(), layout.fixed_bytes, -1);
}

class LongSequence : public testing::TestWithParam<StateLayout> {};

TEST_P(LongSequence, IsSavedAndRestoredWithinItsOwnMemory) {
  if (kSanitized || !restart_peak()) GTEST_SKIP() << "memory cannot be measured here";
  const StateLayout& layout = GetParam();
  const TempDir directory;
  const std::string path = directory / "state";
  std::vector<int32_t> tokens(kTokens);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>(i * 7919 % 150'000);
  MemoryBudget budget(layout.bytes(kTokens));
  {
    StatePool pool(layout, budget);
    Sequence sequence(pool, kTokens);
    ASSERT_OK(sequence.begin(kTokens));
    for_each_word(sequence, layout, [](std::byte* at, uint64_t word) { std::memcpy(at, &word, 8); });
    sequence.commit(kTokens);
    ASSERT_GT(resident_memory(), layout.bytes(kTokens)) << "the state is real memory";

    ASSERT_TRUE(restart_peak());
    const int64_t before = resident_memory();
    std::ofstream file(path, std::ios::binary);
    ASSERT_OK(sequence.save(0, 5, tokens, [&](ByteView bytes) -> Status {
      file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
      return {};
    }));
    ASSERT_TRUE(file.flush());
    EXPECT_LE(resident_memory_peak(), before + kExtra);
  }
  StatePool pool(layout, budget);
  ASSERT_TRUE(restart_peak());
  const int64_t before = resident_memory();
  Sequence sequence(pool, kTokens);
  std::ifstream file(path, std::ios::binary);
  const std::vector<int32_t> restored = value_of(sequence.restore(5, [&](MutableByteView bytes) -> Status {
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return file ? Status() : Error(ErrorCode::kCorrupt, "The file ends too early.");
  }));
  EXPECT_LE(resident_memory_peak(), before + layout.bytes(kTokens) + kExtra);
  EXPECT_GE(resident_memory_peak(), before + layout.bytes(kTokens)) << "the measure sees the pages";
  EXPECT_EQ(restored, tokens);
  int64_t wrong = 0;
  for_each_word(sequence, layout, [&](std::byte* at, uint64_t word) {
    if (std::memcmp(at, &word, 8) != 0) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, LongSequence,
    testing::Values(StateLayout{.page_bytes = 512 << 10, .fixed_bytes = 0, .id = 1},
                    StateLayout{.page_bytes = 128 << 10, .fixed_bytes = 96 * kMiB, .id = 2}),
    [](const auto& test) { return std::string(test.param.fixed_bytes > 0 ? "hybrid" : "attention"); });

}  // namespace
}  // namespace tug
