#include "workshop/random_blocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tug {
namespace {

constexpr int kElementBits = 12;
constexpr size_t kElements = size_t{1} << kElementBits;
constexpr double kNarrowest = 0.7, kWidest = 1.3;  // scales, around the one that is wanted

/// What the minimum must be, in scales, for codes to be around zero; 0: the type has none.
double min_per_scale(Type type) {
  switch (type) {
    case Type::kQ4_1: return -7.5;
    case Type::kQ5_1: return -15.5;
    case Type::kQ2_K: return 1.5;
    case Type::kQ4_K: return 7.5;
    case Type::kQ5_K: return 15.5;
    default: return 0;
  }
}

uint8_t doubled_nibble(uint8_t byte) { return static_cast<uint8_t>((byte & 15) * 17); }

/// The fourth code, which ternary blocks do not have, becomes zero.
std::byte without_fourth_code(std::byte codes) {
  const std::byte fourth = codes & (codes >> 1) & std::byte{0x55};
  return codes & ~(fourth << 1);
}

/// Makes codes be around zero: every small minimum becomes its small scale.
void centre(Type type, std::byte* block) {
  if (type == Type::kTQ2_0) std::transform(block, block + 64, block, without_fourth_code);
  auto* bytes = reinterpret_cast<uint8_t*>(block);
  if (type == Type::kQ2_K) std::transform(bytes, bytes + 16, bytes, doubled_nibble);
  if (type != Type::kQ4_K && type != Type::kQ5_K) return;
  uint8_t* scales = bytes + 4;
  std::copy_n(scales, 4, scales + 4);
  std::transform(scales + 8, scales + 12, scales + 8, doubled_nibble);
}

}  // namespace

double RandomStream::normal() {
  double sum = 0;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum - 6;
}

RandomBlocks::RandomBlocks(Type type, double deviation, uint64_t seed)
    : info_(type_info(type)), random_(seed) {
  if (info_.block_elements == 1) {
    std::vector<float> values(kElements);
    for (float& value : values) value = static_cast<float>(deviation * random_.normal());
    elements_.resize(kElements * static_cast<size_t>(info_.block_bytes));
    info_.encode(values.data(), static_cast<int64_t>(kElements), elements_.data());
    return;
  }
  scales_.fill(encoded(1));
  const double of_unit_scales = deviation_of_sample();
  // The mean square of the factors kNarrowest to kWidest is 1.03.
  spread_scales(deviation / of_unit_scales / std::sqrt(1.03));
}

RandomBlocks::Scale RandomBlocks::encoded(double scale) const {
  const auto value = static_cast<float>(scale);
  switch (info_.type) {
    case Type::kMXFP4: return {static_cast<uint16_t>(128 + std::ilogb(scale * std::sqrt(2.0))), 0};
    case Type::kNVFP4: {
      uint8_t code = 0;
      type_info(Type::kF8_E4M3).encode(&value, 1, reinterpret_cast<std::byte*>(&code));
      return {std::max<uint16_t>(code, 1), 0};
    }
    default: break;
  }
  const uint16_t stored = f16_from_f32(value);
  const double min = min_per_scale(info_.type) * static_cast<double>(f32_from_f16(stored));
  return {stored, f16_from_f32(static_cast<float>(min))};
}

void RandomBlocks::spread_scales(double scale) {
  for (size_t i = 0; i < scales_.size(); ++i) {
    const double place = (static_cast<double>(i) + 0.5) / static_cast<double>(scales_.size());
    scales_[i] = encoded(scale * (kNarrowest + (kWidest - kNarrowest) * place));
  }
}

double RandomBlocks::deviation_of_sample() {
  constexpr size_t kBlocks = 1024;
  std::vector<std::byte> blocks(kBlocks * static_cast<size_t>(info_.block_bytes));
  fill(blocks);
  std::vector<float> values(kBlocks * static_cast<size_t>(info_.block_elements));
  info_.decode(blocks.data(), kBlocks, values.data());
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

void RandomBlocks::put_scale(std::byte* block, uint64_t random) {
  const Scale chosen = scales_[random & 255];
  if (info_.scale_at >= 0) std::memcpy(block + info_.scale_at, &chosen.scale, sizeof chosen.scale);
  if (info_.min_at >= 0) std::memcpy(block + info_.min_at, &chosen.min, sizeof chosen.min);
  switch (info_.type) {
    case Type::kMXFP4: block[0] = static_cast<std::byte>(chosen.scale); break;
    case Type::kNVFP4:
      for (int i = 0; i < 4; ++i) block[i] = static_cast<std::byte>(scales_[random >> 8 * i & 255].scale);
      break;
    case Type::kIQ1_M:  // four bits on top of each of the last four words
      for (int word = 0; word < 4; ++word) {
        std::byte& top = block[49 + 2 * word];
        top = (top & std::byte{15}) | static_cast<std::byte>((chosen.scale >> 4 * word & 15) << 4);
      }
      break;
    default: break;
  }
}

void RandomBlocks::fill_codes(MutableByteView to) {
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= to.size(); at += sizeof(uint64_t)) {
    const uint64_t bits = random_.bits();
    std::memcpy(&to[at], &bits, sizeof bits);
  }
  if (at < to.size()) {
    const uint64_t bits = random_.bits();
    std::memcpy(&to[at], &bits, to.size() - at);
  }
  const auto block_bytes = static_cast<size_t>(info_.block_bytes);
  uint64_t bits = random_.bits();
  for (size_t block = 0; block < to.size(); block += block_bytes) {
    bits = bits * 6364136223846793005 + 1442695040888963407;
    centre(info_.type, &to[block]);
    put_scale(&to[block], bits >> 32);
  }
}

template <size_t kWidth>
void RandomBlocks::fill_floats(MutableByteView to) {
  uint64_t bits = 0;
  int left = 0;
  for (size_t at = 0; at < to.size(); at += kWidth) {
    if (left == 0) bits = random_.bits(), left = 64 / kElementBits;
    std::memcpy(&to[at], &elements_[(bits & (kElements - 1)) * kWidth], kWidth);
    bits >>= kElementBits, --left;
  }
}

void RandomBlocks::fill(MutableByteView to) {
  if (elements_.empty()) return fill_codes(to);
  switch (info_.block_bytes) {
    case 4: return fill_floats<4>(to);
    case 2: return fill_floats<2>(to);
    default: return fill_floats<1>(to);
  }
}

}  // namespace tug
