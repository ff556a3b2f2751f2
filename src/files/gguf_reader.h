// The header of one GGUF file, versions 2 and 3, little-endian.
//
//   bytes                   what
//   4                       "GGUF"
//   4                       version, u32
//   8, 8                    tensor count, metadata count, u64
//   per metadata pair       key (text), value type u32, value; an array: element type u32, count u64,
//   elements per tensor              name (text), rank u32, dimensions u64[rank] innermost first, type u32,
//   offset u64 padding                 to general.alignment (32 when absent) data                    each
//   tensor at its offset from here, a multiple of the alignment
//
// A text is its length, u64, and its bytes. Source: the GGUF specification in ggml (docs/gguf.md).
#pragma once

#include <cstddef>
#include <memory>

#include "files/checkpoint.h"
#include "files/tensor_table.h"

namespace tug {

struct GgufHeader {
  std::shared_ptr<const std::byte[]> bytes;  // what the metadata's texts point into
  GgufMetadata metadata;
};

/// Reads the header and adds the tensors to `table`, with extents in file number `file_index`.
/// Takes at most 64 MiB for the header's bytes; values and tensors count against the table's budget.
/// Errors: kCorrupt, kUnsupported, kIo, with the file's name.
Result<GgufHeader> read_gguf(const File& file, int32_t file_index, TensorTable& table);

}  // namespace tug
