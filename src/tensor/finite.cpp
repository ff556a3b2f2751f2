// Infinities and NaN in stored weights: a file that holds them is broken, and would poison every answer.
#include "tensor/formats/iq1_m.h"
#include "tensor/type.h"

namespace tug {
namespace {

/// No element has all bits of its exponent set. Branchless, so that the compiler makes vectors of it.
template <class T>
bool elements_finite(ByteView bytes, T exponent) {
  bool finite = true;
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    finite &= (load<T>(&bytes[at]) & exponent) != exponent;
  }
  return finite;
}

bool half_finite(uint16_t bits) { return (bits & 0x7c00) != 0x7c00; }

bool iq1_m_scale_finite(const std::byte* at) {
  const auto block = load<BlockIQ1_M>(at);
  int bits = 0;
  for (int word = 0; word < 4; ++word) bits |= block.scales[word] >> 12 << (4 * word);
  return half_finite(static_cast<uint16_t>(bits));
}

}  // namespace

bool all_finite(Type type, ByteView bytes) {
  switch (type) {
    case Type::kF32: return elements_finite<uint32_t>(bytes, 0x7f800000);
    case Type::kF16: return elements_finite<uint16_t>(bytes, 0x7c00);
    case Type::kBF16: return elements_finite<uint16_t>(bytes, 0x7f80);
    case Type::kF8_E4M3: return elements_finite<uint8_t>(bytes, 0x7f);
    default: break;
  }
  const TypeInfo& info = type_info(type);
  for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(info.block_bytes)) {
    if (type == Type::kIQ1_M && !iq1_m_scale_finite(&bytes[at])) return false;
    if (info.scale_at >= 0 && !half_finite(load<uint16_t>(&bytes[at] + info.scale_at))) return false;
    if (info.min_at >= 0 && !half_finite(load<uint16_t>(&bytes[at] + info.min_at))) return false;
  }
  return true;
}

}  // namespace tug
