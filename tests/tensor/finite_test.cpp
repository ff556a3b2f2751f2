// One broken scale or element anywhere is found, in every type that can hold one.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tensor/type.h"

namespace tug {
namespace {

bool decodes_finite(const TypeInfo& info, const std::vector<std::byte>& block) {
  std::vector<float> values(static_cast<size_t>(info.block_elements));
  info.decode(block.data(), 1, values.data());
  for (float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

TEST(AllFinite, AgreesWithTheDecoder) {
  for (const TypeInfo& info : all_types()) {
    // Every 16-bit place of a block of ones set to infinity and NaN, one after the other.
    for (int64_t at = 0; at + 1 < info.block_bytes; ++at) {
      for (uint16_t bits : {uint16_t{0x7c00}, uint16_t{0xfe01}, uint16_t{0x7f80}}) {
        std::vector<std::byte> block(static_cast<size_t>(info.block_bytes), std::byte{1});
        std::memcpy(&block[static_cast<size_t>(at)], &bits, 2);
        if (!decodes_finite(info, block)) {
          ASSERT_FALSE(all_finite(info.type, block)) << info.name << " at " << at << " " << bits;
        }
      }
    }
    EXPECT_TRUE(all_finite(info.type, std::vector<std::byte>(static_cast<size_t>(8 * info.block_bytes))))
        << info.name;
  }
}

TEST(AllFinite, FindsTheLastElement) {
  for (Type type : {Type::kF32, Type::kF16, Type::kBF16, Type::kF8_E4M3, Type::kQ4_K, Type::kIQ1_M}) {
    const TypeInfo& info = type_info(type);
    std::vector<std::byte> bytes(static_cast<size_t>(1001 * info.block_bytes), std::byte{1});
    ASSERT_TRUE(all_finite(type, bytes));
    std::fill(bytes.end() - info.block_bytes, bytes.end(), std::byte{0xff});
    EXPECT_FALSE(all_finite(type, bytes)) << info.name;
  }
}

}  // namespace
}  // namespace tug
