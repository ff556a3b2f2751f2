// Declares the decoder of every row of formats.def; each is defined in its format's own file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tug {

#define TUG_FORMAT(type, name, elements, bytes, scale_at, min_at, decode, encode) \
  void decode(const std::byte* from, int64_t blocks, float* to);
#include "tensor/formats.def"
#undef TUG_FORMAT

}  // namespace tug
