// A packed row gives back every number that its decoder gives: seen through products with one activation.
#include "kernels/packing.h"

#include <set>

#include "kernels/finite_blocks.h"
#include "kernels/formats/float.h"
#include "kernels/kernel_tables.h"
#include "tensor/pseudo_bytes.h"

namespace tug {
namespace {

std::vector<Type> packed_types() {
  return {
#define TUG_PANEL(type, name, Panel, form) Type::type,
#include "kernels/formats.def"
#undef TUG_PANEL
  };
}

/// Column k of a panel, by lane.
std::vector<float> column(Type type, const std::byte* panel, int64_t cols, int64_t k) {
  const PanelFormat& format = panel_format(type);
  const auto n = static_cast<size_t>(cols);
  std::vector<float> y(16);
  if (format.form == kFloats) {
    std::vector<float> x(n), sums(kFloatSums);
    x[static_cast<size_t>(k)] = 1;
    const float* row = x.data();
    (scalar_kernels().*format.dot_floats)({panel}, cols, &row, 1, sums.data());
    scalar_kernels().fold(sums.data(), 1, kLanes, y.data());
    return y;
  }
  std::vector<int8_t> codes(n);
  std::vector<int16_t> sums(n / 32), half_sums(n / 16);
  const std::vector<float> scales(n / 32, 1.0f);
  codes[static_cast<size_t>(k)] = 1;
  sums[static_cast<size_t>(k / 32)] = half_sums[static_cast<size_t>(k / 16)] = 1;
  const QuantRow row = {codes.data(), scales.data(), sums.data(), half_sums.data()};
  (scalar_kernels().*format.dot_codes)({panel}, cols, &row, 1, kLanes, y.data());
  return y;
}

class Packing : public testing::TestWithParam<Type> {};

TEST_P(Packing, EveryNumberIsTheDecodedOne) {
  const TypeInfo& info = type_info(GetParam());
  const int64_t cols = info.block_elements == 1 ? 137 : 2 * info.block_elements;
  for (const int64_t rows : {1, 7, 16}) {
    PseudoBytes source;
    const int64_t blocks = rows * cols / info.block_elements;
    auto raw = source.bytes(static_cast<size_t>(blocks * info.block_bytes));
    if (info.block_elements > 1) {
      for (int64_t b = 0; b < blocks; ++b) make_finite(info, raw.data() + b * info.block_bytes);
    } else {
      const auto numbers = random_floats(static_cast<size_t>(rows * cols), 1);
      info.encode(numbers.data(), rows * cols, raw.data());
    }
    std::vector<float> decoded(static_cast<size_t>(rows * cols));
    info.decode(raw.data(), blocks, decoded.data());
    const auto size = static_cast<size_t>(panel_bytes(info.type, cols));
    std::vector<std::byte> panel(size + 64, std::byte{0x5a});
    pack_panel(info.type, raw.data(), rows, cols, panel.data());
    for (size_t i = size; i < panel.size(); ++i)
      ASSERT_EQ(panel[i], std::byte{0x5a}) << "written beyond the panel";
    float largest = 0;
    for (const float value : decoded) largest = std::max(largest, std::fabs(value));
    for (int64_t k = 0; k < cols; ++k) {
      const std::vector<float> got = column(info.type, panel.data(), cols, k);
      for (int64_t row = 0; row < rows; ++row) {
        const float wanted = decoded[static_cast<size_t>(row * cols + k)];
        ASSERT_NEAR(got[static_cast<size_t>(row)], wanted, 3e-7f * (std::fabs(wanted) + largest))
            << "row " << row << " of " << rows << ", column " << k;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Packing, testing::ValuesIn(packed_types()),
                         [](const auto& test) { return std::string(type_info(test.param).name); });

// The scales that are not f16: all of them, one a block.
TEST(PackedScales, AllBytes) {
  for (const Type type : {Type::kMXFP4, Type::kNVFP4}) {
    const TypeInfo& info = type_info(type);
    for (int scale = 0; scale < 256; ++scale) {
      std::vector<std::byte> raw(static_cast<size_t>(info.block_bytes), std::byte{0x22});  // codes 2
      std::fill_n(raw.begin(), type == Type::kMXFP4 ? 1 : 4, static_cast<std::byte>(scale));
      std::vector<float> decoded(static_cast<size_t>(info.block_elements));
      info.decode(raw.data(), 1, decoded.data());
      std::vector<std::byte> panel(static_cast<size_t>(panel_bytes(type, info.block_elements)));
      pack_panel(type, raw.data(), 1, info.block_elements, panel.data());
      EXPECT_EQ(column(type, panel.data(), info.block_elements, 17)[0], decoded[17])
          << info.name << " " << scale;
    }
  }
}

TEST(PackedScales, AllE4M3Numbers) {
  std::vector<std::byte> raw(256);
  for (size_t i = 0; i < raw.size(); ++i)
    raw[i] = static_cast<std::byte>((i & 0x7f) == 0x7f ? 0 : i);  // no NaN
  std::vector<float> decoded(raw.size());
  type_info(Type::kF8_E4M3).decode(raw.data(), 256, decoded.data());
  std::vector<std::byte> panel(static_cast<size_t>(panel_bytes(Type::kF8_E4M3, 256)));
  pack_panel(Type::kF8_E4M3, raw.data(), 1, 256, panel.data());
  for (const int64_t block : {0, 1}) put_scale(block == 0 ? 1.1f : 0.3f, block, 0, panel.data());
  for (int64_t k = 0; k < 256; ++k) {
    EXPECT_EQ(column(Type::kF8_E4M3, panel.data(), 256, k)[0],
              decoded[static_cast<size_t>(k)] * (k < 128 ? 1.1f : 0.3f))
        << k;
  }
}

TEST(PackingTable, EveryTypeHasAPanel) {
  const auto types = packed_types();
  EXPECT_EQ(std::set<Type>(types.begin(), types.end()).size(), all_types().size());
  for (const TypeInfo& info : all_types()) {
    const PanelFormat& format = panel_format(info.type);
    EXPECT_EQ(format.dot_floats != nullptr, format.form == kFloats) << info.name;
    EXPECT_EQ(format.dot_codes != nullptr, format.form != kFloats) << info.name;
  }
  EXPECT_EQ(panel_bytes(Type::kQ4_K, 256), 2368);
  EXPECT_EQ(panel_bytes(Type::kQ6_K, 256), 3360);
  EXPECT_EQ(panel_bytes(Type::kQ8_0, 32), 544);
}

}  // namespace
}  // namespace tug
