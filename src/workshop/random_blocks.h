// Random blocks of any type: every code equally likely, scales such that the elements have a given deviation.
#pragma once

#include <array>
#include <vector>

#include "base/random.h"
#include "tensor/type.h"

namespace tug {

/// Random bits, numbers from a bell, one after another.
class RandomStream {
 public:
  explicit RandomStream(uint64_t seed) : state_(mix_bits(seed + 0x9e3779b97f4a7c15)) {}

  uint64_t bits() { return mix_bits(state_ += 0x9e3779b97f4a7c15); }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }  // [0, 1)
  double normal();                                                          // mean 0, deviation 1

 private:
  uint64_t state_;
};

/// Draws elements of mean 0 and the deviation, in blocks that are valid for their type. The deviation is met
/// within a few per cent; within a third where scales are as coarse as powers of two.
class RandomBlocks {
 public:
  RandomBlocks(Type type, double deviation, uint64_t seed);

  /// Fills whole blocks.
  void fill(MutableByteView to);

 private:
  /// A block's scale as it is stored, and its minimum where it has one.
  struct Scale {
    uint16_t scale = 0, min = 0;
  };
  Scale encoded(double scale) const;
  void spread_scales(double scale);
  void fill_codes(MutableByteView to);
  template <size_t kWidth>
  void fill_floats(MutableByteView to);
  void put_scale(std::byte* block, uint64_t random);
  double deviation_of_sample();

  const TypeInfo& info_;
  RandomStream random_;
  std::array<Scale, 256> scales_ = {};  // to draw from
  std::vector<std::byte> elements_;     // of float types, to draw from
};

}  // namespace tug
