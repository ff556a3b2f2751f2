#include "tensor/type.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace tug {
namespace {

TEST(Type, RegistryIsCompleteAndSorted) {
  EXPECT_EQ(all_types().size(), 27u);
  std::set<std::string_view> names;
  int32_t previous = -1;
  for (const TypeInfo& info : all_types()) {
    SCOPED_TRACE(info.name);
    EXPECT_GT(static_cast<int32_t>(info.type), previous);
    previous = static_cast<int32_t>(info.type);
    EXPECT_TRUE(names.insert(info.name).second);
    EXPECT_NE(info.decode, nullptr);
    EXPECT_GT(info.block_elements, 0);
    EXPECT_GT(info.block_bytes, 0);
    EXPECT_EQ(&type_info(info.type), &info);
  }
}

TEST(Type, IsFoundByNameAndByGgufId) {
  for (const TypeInfo& info : all_types()) {
    SCOPED_TRACE(info.name);
    EXPECT_EQ(type_from_name(info.name), info.type);
    const auto id = static_cast<uint32_t>(info.type);
    EXPECT_EQ(type_from_gguf(id), id < 1000 ? std::optional(info.type) : std::nullopt);
  }
  EXPECT_EQ(type_from_gguf(12), Type::kQ4_K);
  EXPECT_EQ(type_from_name("Q4_K"), Type::kQ4_K);
  EXPECT_EQ(type_info(Type::kIQ2_XXS).name, "IQ2_XXS");
}

TEST(Type, UnknownIdsAndNamesAreRefused) {
  // 4, 5: withdrawn by ggml. 9, 15: activations only. 24..28: integers. 1001: Tugboat's own F8_E4M3.
  for (uint32_t id :
       {4u, 5u, 9u, 15u, 24u, 28u, 31u, 41u, 1000u, 1001u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    EXPECT_EQ(type_from_gguf(id), std::nullopt) << id;
  }
  for (std::string_view name : {"", "q4_k", "Q4_K ", "Q4", "Q8_K", "I8"}) {
    EXPECT_EQ(type_from_name(name), std::nullopt) << name;
  }
}

TEST(Type, RowBytes) {
  EXPECT_EQ(row_bytes(Type::kF32, 3), 12);
  EXPECT_EQ(row_bytes(Type::kQ4_K, 768), 432);
  EXPECT_EQ(row_bytes(Type::kQ4_0, 1408), 792);
  EXPECT_EQ(row_bytes(Type::kNVFP4, 640), 360);
  EXPECT_EQ(row_bytes(Type::kQ4_K, 0), 0);
}

TEST(Type, RowBytesRefusesPartialBlocksAndOverflow) {
  EXPECT_EQ(row_bytes(Type::kQ4_K, 1408), std::nullopt);
  EXPECT_EQ(row_bytes(Type::kQ4_0, 31), std::nullopt);
  EXPECT_EQ(row_bytes(Type::kQ4_0, -32), std::nullopt);
  EXPECT_EQ(row_bytes(Type::kF32, -1), std::nullopt);
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(row_bytes(Type::kF32, kHuge), std::nullopt);
  EXPECT_EQ(row_bytes(Type::kF8_E4M3, kHuge), kHuge);
  EXPECT_EQ(row_bytes(Type::kQ8_0, kHuge / 32 * 32), std::nullopt);
}

}  // namespace
}  // namespace tug
