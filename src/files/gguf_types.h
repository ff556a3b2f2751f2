// Tensor types of GGUF files that Tugboat does not read, by name.
#pragma once

#include <cstdint>

#include "tugboat/result.h"

namespace tug {

/// Why a tensor of that type id cannot be read, and what to do. kUnsupported.
Error refused_gguf_type(uint32_t id);

}  // namespace tug
