// A stored row keeps 4 consecutive codes in 4 bytes, as a panel does, so whole words are moved.
#include "kernels/packing.h"

#include "base/check.h"
#include "kernels/kernels.h"
#include "kernels/packed.h"
#include "tensor/formats/common.h"
#include "tensor/formats/q4_k.h"
#include "tensor/formats/q6_k.h"
#include "tensor/formats/q8_0.h"

namespace tug {
namespace {

uint32_t word(const void* codes, int64_t index) {
  return load<uint32_t>(static_cast<const std::byte*>(codes) + 4 * index);
}
void put_word(uint32_t value, uint8_t* quad, int64_t row) {
  std::memcpy(quad + 4 * row, &value, sizeof(value));
}

void pack_row(const BlockQ8_0& from, int64_t row, PanelQ8_0& to) {
  to.scales[row] = from.d;
  for (int q = 0; q < 8; ++q) put_word(word(from.qs, q), to.quads[q], row);
}

// 64 columns share 32 bytes: the low nibbles are one group, the high ones the next.
void pack_row(const BlockQ4_K& from, int64_t row, PanelQ4_K& to) {
  to.scales[row] = from.d;
  to.minima[row] = from.dmin;
  for (int group = 0; group < 8; ++group) {
    const ScaleMin both = unpack_scale_min(from.scales, group);
    to.group_scales[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.scale);
    to.group_minima[group / 2][2 * row + group % 2] = static_cast<uint8_t>(both.min);
    const uint8_t* codes = from.qs + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    for (int i = 0; i < 4; ++i) {
      const uint32_t even = word(codes, 2 * i) >> shift & 0x0f0f0f0f;
      const uint32_t odd = word(codes, 2 * i + 1) >> shift & 0x0f0f0f0f;
      put_word(even | odd << 4, to.quads[group][i], row);
    }
  }
}

// A half of 128 columns is four runs of 32: two share 32 bytes of nibbles, all four share 32 bytes of high
// bits.
void pack_row(const BlockQ6_K& from, int64_t row, PanelQ6_K& to) {
  to.scales[row] = from.d;
  for (int group = 0; group < 16; ++group) {
    to.group_scales[group / 2][2 * row + group % 2] = from.scales[group];
    const int half = group / 8, run = group / 2 % 4, first_quad = 4 * (group % 2);
    const uint8_t* low = from.ql + 64 * half + 32 * (run % 2);
    const uint8_t* high = from.qh + 32 * half;
    uint32_t nibbles[2] = {}, bits = 0;
    for (int q = 0; q < 4; ++q) {
      nibbles[q / 2] |= (word(low, first_quad + q) >> (4 * (run / 2)) & 0x0f0f0f0f) << (4 * (q % 2));
      bits |= (word(high, first_quad + q) >> (2 * run) & 0x03030303) << (2 * q);
    }
    PanelQ6_K::Group& to_group = to.groups[group];
    put_word(nibbles[0], to_group.low[0], row);
    put_word(nibbles[1], to_group.low[1], row);
    put_word(bits, to_group.high, row);
  }
}

template <class Block, class Panel>
void pack_rows(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const auto* from = reinterpret_cast<const Block*>(rows);
  auto* blocks = reinterpret_cast<Panel*>(panel);
  const int64_t blocks_per_row = cols / Panel::kColumns;
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t b = 0; b < blocks_per_row; ++b) {
      pack_row(*from++, row, blocks[b]);
    }
  }
}

template <class Number>
void pack_numbers(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  constexpr int64_t kSize = sizeof(Number);
  for (int64_t k = 0; k < cols; ++k) {
    for (int64_t row = 0; row < count; ++row) {
      std::memcpy(panel + (k * kLanes + row) * kSize, rows + (row * cols + k) * kSize, kSize);
    }
  }
}

}  // namespace

int64_t panel_bytes(Type type, int64_t cols) {
  switch (type) {
    case Type::kF32: return cols * kLanes * 4;
    case Type::kF16:
    case Type::kBF16: return cols * kLanes * 2;
    case Type::kQ8_0: return cols / PanelQ8_0::kColumns * static_cast<int64_t>(sizeof(PanelQ8_0));
    case Type::kQ4_K: return cols / PanelQ4_K::kColumns * static_cast<int64_t>(sizeof(PanelQ4_K));
    case Type::kQ6_K: return cols / PanelQ6_K::kColumns * static_cast<int64_t>(sizeof(PanelQ6_K));
    default: return 0;
  }
}

void pack_panel(Type type, const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  TUG_CHECK(count >= 1 && count <= kLanes);
  if (count < kLanes) std::memset(panel, 0, static_cast<size_t>(panel_bytes(type, cols)));
  switch (type) {
    case Type::kF32: return pack_numbers<float>(rows, count, cols, panel);
    case Type::kF16:
    case Type::kBF16: return pack_numbers<uint16_t>(rows, count, cols, panel);
    case Type::kQ8_0: return pack_rows<BlockQ8_0, PanelQ8_0>(rows, count, cols, panel);
    case Type::kQ4_K: return pack_rows<BlockQ4_K, PanelQ4_K>(rows, count, cols, panel);
    case Type::kQ6_K: return pack_rows<BlockQ6_K, PanelQ6_K>(rows, count, cols, panel);
    default: TUG_CHECK(false);
  }
}

}  // namespace tug
