// Panels as AMX takes them: quads of codes, which lie as a tile wants them, and the scales of blocks.
#pragma once

#include "kernels/avx512/vector.h"

#include "kernels/products.inc.h"

namespace tug {
namespace {

/// An integer scale for each of many groups; else a block is a group.
template <class Panel>
concept OfGroups = Panel::kColumns == 256;

/// Quads of a group.
template <class Panel>
constexpr int kQuads = 8;
template <>
constexpr int kQuads<PanelQ6_K> = 4;

inline Codes minus(Codes c, int offset) {
  return {_mm512_sub_epi8(c.all, _mm512_set1_epi8(static_cast<char>(offset)))};
}
inline Codes iq4_values(Codes c) { return {_mm512_shuffle_epi8(four_times(kIq4Values), c.all)}; }
template <int kQuad, class Group>
Codes five_bits(const Group& group) {
  return nibbles<kQuad>(group.quads) | bits<kQuad, 1, 4>(load_codes(group.fifth));
}

// Quad kQuad of a group whose codes have up to five bits.
template <int kQuad>
Codes small_quad(const PanelQ4_K::Group& group) {
  return nibbles<kQuad>(group.quads);
}
template <int kQuad>
Codes small_quad(const PanelQ5_K::Group& group) {
  return five_bits<kQuad>(group);
}

/// Twice a code times a scale is (such a code as below) * kScale * scale - kOffset * scale.
template <class Panel>
struct Twice;
template <>
struct Twice<PanelQ6_K> {
  static constexpr int kScale = 1, kOffset = 2 * PanelQ6_K::kOffset;
};
template <>
struct Twice<PanelIQ4_XS> {
  static constexpr int kScale = 2, kOffset = 2 * 128;
};
template <class Panel>
concept HasOffset = requires {
  Twice<Panel>::kOffset;
};

template <int kQuad>
Codes offset_quad(const PanelQ6_K& panel, int group) {
  const auto& [low, high] = panel.groups[group];
  const Codes two = load_codes(low[kQuad / 2]);
  return bits<4 * (kQuad % 2), 4, 1>(two) | bits<2 * kQuad, 2, 5>(load_codes(high));
}
template <int kQuad>
Codes offset_quad(const PanelIQ4_XS& panel, int group) {
  return {_mm512_shuffle_epi8(load_table(kIq4Values).offset, nibbles<kQuad>(panel.quads[group]).all)};
}

// Quad kQuad of a block.
template <int kQuad>
Codes signed_quad(const PanelQ4_0& panel, int) {
  return minus(nibbles<kQuad>(panel.quads), PanelQ4_0::kOffset);
}
template <int kQuad>
Codes signed_quad(const PanelQ5_0& panel, int) {
  return minus(five_bits<kQuad>(panel), PanelQ5_0::kOffset);
}
template <int kQuad>
Codes signed_quad(const PanelQ8_0& panel, int) {
  return load_codes(panel.quads[kQuad]);
}
template <int kQuad>
Codes signed_quad(const PanelIQ4_NL& panel, int) {
  return iq4_values(nibbles<kQuad>(panel.quads));
}
template <int kQuad>
Codes signed_quad(const PanelMXFP4& panel, int) {
  return minus(look_up(load_table(kFp4Values), nibbles<kQuad>(panel.quads)), 12);
}

template <class Panel>
V16 scale_of(const Panel& panel) {
  return load_f16(panel.scales);
}
inline V16 scale_of(const PanelMXFP4& panel) { return half_of_power(load_bytes(panel.exponents)); }

}  // namespace
}  // namespace tug
