// The packed layouts: panels of 16 rows, one row per 32-bit lane, the same for every instruction set.
//
// A *quad* is 4 consecutive weights of each of the 16 rows, 64 bytes: row r at bytes 4r .. 4r+3.
// *Pairs* are bytes of two neighbouring groups, [16 rows][2].
#pragma once

#include <cstddef>
#include <cstdint>

namespace tug {

// F32, F16, BF16: [K][16] numbers as stored.

/// Q8_0, 32 columns: 544 bytes, as many as 16 stored blocks.
struct PanelQ8_0 {
  static constexpr int64_t kColumns = 32;
  uint16_t scales[16];   // f16
  uint8_t quads[8][64];  // int8 codes
};
static_assert(sizeof(PanelQ8_0) == 544);

/// Q4_K, 256 columns: 2,368 bytes for 2,304 as stored, because scales and minima are spread to bytes.
struct PanelQ4_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16], minima[16];  // f16: d, dmin
  uint8_t group_scales[4][32];      // pairs: 6-bit scales of groups 2j, 2j+1 of 32 columns
  uint8_t group_minima[4][32];
  uint8_t quads[8][4][64];  // by group; quads 2i (low nibbles) and 2i+1 (high nibbles) share 64 bytes
};
static_assert(sizeof(PanelQ4_K) == 2368);

/// Q6_K, 256 columns: 3,360 bytes, as many as 16 stored blocks. A group is 16 columns, 4 quads.
struct PanelQ6_K {
  static constexpr int64_t kColumns = 256;
  uint16_t scales[16];         // f16: d
  int8_t group_scales[8][32];  // pairs: groups 2j, 2j+1
  struct Group {
    uint8_t low[2][64];  // 4 low bits, quads 2i and 2i+1 as in Q4_K
    uint8_t high[64];    // 2 high bits of quad i at bits 2i, 2i+1
  } groups[16];
};
static_assert(sizeof(PanelQ6_K) == 3360);

}  // namespace tug
