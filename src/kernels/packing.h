// The packed formats as a table, and from rows as stored in files to panels.
#pragma once

#include "kernels/kernels.h"
#include "tensor/type.h"

namespace tug {

/// A row of formats.def.
struct PanelFormat {
  Form form = kFloats;
  int64_t columns = 1, bytes = 0;  // of one block of a panel
  void (*pack)(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) = nullptr;
  DotFloats Kernels::*dot_floats = nullptr;  // the one that takes activations in this form
  DotCodes Kernels::*dot_codes = nullptr;
};

const PanelFormat& panel_format(Type type);

/// Bytes of a panel of `cols` columns, a multiple of the type's block.
int64_t panel_bytes(Type type, int64_t cols);

/// Packs `count` (1 to 16) stored rows, one after the other; lanes without a row become 0.
void pack_panel(Type type, const std::byte* rows, int64_t count, int64_t cols, std::byte* panel);

}  // namespace tug
