#include "kernels/packing.h"

#include <set>

#include "kernels/formats.def"
#include "kernels/kernel_tables.h"
#include "tensor/pseudo_bytes.h"

namespace tug {
namespace {

int pair_at(const auto(&pairs)[32], int64_t row, int64_t group) { return pairs[2 * row + group % 2]; }
int nibble_at(const uint8_t (&quads)[64], int64_t row, int64_t k) {  // quads 2i and 2i+1 share 64 bytes
  return quads[4 * row + k % 4] >> (k / 4 % 2 * 4) & 15;
}

// The value of row and column as the layouts say, multiplied in the order of the formats.
float value_at(const PanelQ8_0& p, int64_t row, int64_t k) {
  return f32_from_f16(p.scales[row]) *
         static_cast<float>(static_cast<int8_t>(p.quads[k / 4][4 * row + k % 4]));
}
float value_at(const PanelQ4_K& p, int64_t row, int64_t k) {
  const int64_t group = k / 32;
  const int code = nibble_at(p.quads[group][k % 32 / 8], row, k);
  const float scale =
      f32_from_f16(p.scales[row]) * static_cast<float>(pair_at(p.group_scales[group / 2], row, group));
  const float minimum =
      f32_from_f16(p.minima[row]) * static_cast<float>(pair_at(p.group_minima[group / 2], row, group));
  return scale * static_cast<float>(code) - minimum;
}
float value_at(const PanelQ6_K& p, int64_t row, int64_t k) {
  const int64_t group = k / 16;
  const PanelQ6_K::Group& g = p.groups[group];
  const int high = g.high[4 * row + k % 4] >> (2 * (k % 16 / 4)) & 3;
  const int code = nibble_at(g.low[k % 16 / 8], row, k) | high << 4;
  const float scale =
      f32_from_f16(p.scales[row]) * static_cast<float>(pair_at(p.group_scales[group / 2], row, group));
  return scale * static_cast<float>(code - 32);
}

float value_at(const PanelF32& p, int64_t row, int64_t) { return p.numbers[row]; }
float value_at(const PanelF16& p, int64_t row, int64_t) { return f32_from_f16(p.numbers[row]); }
float value_at(const PanelBF16& p, int64_t row, int64_t) { return f32_from_bf16(p.numbers[row]); }

template <class Panel>
void expect_packed_as_decoded(Type type, int64_t cols) {
  const int64_t bytes = row_bytes(type, cols).value();
  for (const int64_t rows : {1, 7, 15, 16}) {
    SCOPED_TRACE(std::string(type_info(type).name) + " rows " + std::to_string(rows));
    PseudoBytes source;
    const std::vector<std::byte> raw = source.bytes(static_cast<size_t>(rows * bytes));
    std::vector<float> decoded(static_cast<size_t>(rows * cols));
    type_info(type).decode(raw.data(), rows * cols / type_info(type).block_elements, decoded.data());

    const auto size = static_cast<size_t>(panel_bytes(type, cols));
    std::vector<std::byte> panel(size + 64, std::byte{0x5a});
    pack_panel(type, raw.data(), rows, cols, panel.data());
    const auto* blocks = reinterpret_cast<const Panel*>(panel.data());
    ASSERT_EQ(size % sizeof(Panel), 0u);
    for (int64_t row = 0; row < 16; ++row) {
      for (int64_t k = 0; k < cols; ++k) {
        const float value = value_at(blocks[k / Panel::kColumns], row, k % Panel::kColumns);
        const float wanted = row < rows ? decoded[static_cast<size_t>(row * cols + k)] : 0.0f;
        if (row < rows) {
          ASSERT_EQ(comparable_bits(value), comparable_bits(wanted)) << row << " " << k;
        } else {
          ASSERT_EQ(value, 0.0f) << row << " " << k;
        }
      }
    }
    for (size_t i = size; i < panel.size(); ++i)
      ASSERT_EQ(panel[i], std::byte{0x5a}) << "written beyond the panel";
  }
}

TEST(Packing, UnpackedEqualsDecoded) {
#define TUG_PANEL(type, name, Panel, form) \
  expect_packed_as_decoded<Panel>(Type::type, Panel::kColumns == 1 ? 37 : 3 * Panel::kColumns);
#include "kernels/formats.def"
#undef TUG_PANEL
}

TEST(Packing, OtherTypesHaveNoPanel) {
  std::set<Type> packed;
#define TUG_PANEL(type, name, Panel, form) packed.insert(Type::type);
#include "kernels/formats.def"
#undef TUG_PANEL
  for (const TypeInfo& info : all_types()) {
    EXPECT_EQ(panel_bytes(info.type, 512) > 0, packed.count(info.type) > 0) << info.name;
    const PanelFormat& format = panel_format(info.type);
    EXPECT_EQ(format.dot_floats != nullptr, packed.count(info.type) && format.form == kFloats) << info.name;
    EXPECT_EQ(format.dot_codes != nullptr, packed.count(info.type) && format.form != kFloats) << info.name;
  }
  EXPECT_EQ(panel_bytes(Type::kQ4_K, 256), 2368);
  EXPECT_EQ(panel_bytes(Type::kQ6_K, 256), 3360);
  EXPECT_EQ(panel_bytes(Type::kQ8_0, 32), 544);
}

}  // namespace
}  // namespace tug
