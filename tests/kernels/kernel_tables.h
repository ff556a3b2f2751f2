// The kernel tables that this machine can run, and helpers to compare them bit by bit.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "platform/cpu.h"

namespace tug {

struct NamedKernels {
  std::string name;
  const Kernels* table;
};

/// Scalar first: it is the truth for the others.
inline std::vector<NamedKernels> available_kernels() {
  std::vector<NamedKernels> tables = {{"scalar", &scalar_kernels()}};
  if (isa_available(Isa::kNeon)) tables.push_back({"neon", &neon_kernels()});
  if (isa_available(Isa::kAvx2)) tables.push_back({"avx2", &avx2_kernels()});
  if (isa_available(Isa::kAvxVnni)) tables.push_back({"avxvnni", &avxvnni_kernels()});
  if (isa_available(Isa::kAvx512)) tables.push_back({"avx512", &avx512_kernels()});
  if (isa_available(Isa::kAmx)) tables.push_back({"amx", &amx_kernels()});
  return tables;
}

/// Every NaN is one value: which of two NaNs an addition keeps is not defined.
inline uint32_t comparable_bits(float value) {
  return std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value);
}

inline std::vector<uint32_t> comparable_bits(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(comparable_bits(value));
  return bits;
}

inline std::vector<float> random_floats(size_t count, uint32_t seed, float spread = 1.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

}  // namespace tug
