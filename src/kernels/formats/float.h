// F32, F16, BF16: numbers as stored, [K][16]; F8_E4M3 with the scales of its blocks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tug {

struct PanelF32 {
  static constexpr int64_t kColumns = 1;
  float numbers[16];
};
struct PanelF16 {
  static constexpr int64_t kColumns = 1;
  uint16_t numbers[16];
};
struct PanelBF16 {
  static constexpr int64_t kColumns = 1;
  uint16_t numbers[16];
};
/// Codes whose scales are elsewhere.
struct PanelI8 {
  static constexpr int64_t kColumns = 1;
  int8_t numbers[16];
};
/// 128 columns; there may be less of them in the last block of a row.
struct PanelF8_E4M3 {
  static constexpr int64_t kColumns = 128;
  float scales[16];  // times 256
  uint8_t numbers[128][16];
};
static_assert(sizeof(PanelF8_E4M3) == 2112);

/// The scale of a row of the panel; packed, all are 1.
inline void put_scale(float scale, int64_t block, int64_t row, std::byte* panel) {
  reinterpret_cast<PanelF8_E4M3*>(panel)[block].scales[row] = 256 * scale;
}

#ifdef TUG_LANES
namespace {

inline V16 load_column(const PanelF32* panel, int64_t k) { return load(panel[k].numbers); }
inline V16 load_column(const PanelF16* panel, int64_t k) { return load_f16(panel[k].numbers); }
inline V16 load_column(const PanelBF16* panel, int64_t k) { return load_bf16(panel[k].numbers); }
inline V16 load_column(const PanelI8* panel, int64_t k) { return float_of(load_bytes(panel[k].numbers)); }
inline V16 load_column(const PanelF8_E4M3* panel, int64_t k) {
  const PanelF8_E4M3& block = panel[k / 128];
  return load_e4m3(block.numbers[k % 128]) * load(block.scales);
}

}  // namespace
#endif

}  // namespace tug
