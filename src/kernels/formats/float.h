// F32, F16, BF16: numbers as stored, [K][16].
#pragma once

#include <stdint.h>

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

#ifdef TUG_LANES
namespace {

inline V16 load_column(const PanelF32& panel) { return load(panel.numbers); }
inline V16 load_column(const PanelF16& panel) { return load_f16(panel.numbers); }
inline V16 load_column(const PanelBF16& panel) { return load_bf16(panel.numbers); }

}  // namespace
#endif

}  // namespace tug
