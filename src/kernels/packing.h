// From rows as stored in files to panels (packed.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/type.h"

namespace tug {

/// Bytes of a panel of `cols` columns; 0 for a type without a packed layout. `cols` is a multiple of the
/// block.
int64_t panel_bytes(Type type, int64_t cols);

/// Packs `count` (1 to 16) stored rows, one after the other; lanes without a row become 0.
void pack_panel(Type type, const std::byte* rows, int64_t count, int64_t cols, std::byte* panel);

}  // namespace tug
