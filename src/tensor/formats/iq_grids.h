// The vectors that IQ blocks point to: small sets of points chosen by experiment, which no rule can produce.
//
// The values are facts of the formats, from ggml (ggml-common.h) and its compact form in gguf-py (quants.py):
// Copyright (c) 2023-2026 The ggml authors, MIT licence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tug {

/// [entries][elements]; element j of a vector belongs to element j of a block's group.
template <size_t kEntries, size_t kWidth>
using Grid = std::array<std::array<int8_t, kWidth>, kEntries>;

extern const Grid<256, 8> kIq2xxsGrid;  // 8, 25, 43
extern const Grid<512, 8> kIq2xsGrid;   // 8, 25, 43
extern const Grid<1024, 8> kIq2sGrid;   // 8, 25, 43
extern const Grid<256, 4> kIq3xxsGrid;  // 4, 12, 20, 28, 36, 44, 52, 62
extern const Grid<512, 4> kIq3sGrid;    // 1, 3, ... 15
extern const Grid<2048, 8> kIq1sGrid;   // -1, 0, 1

}  // namespace tug
