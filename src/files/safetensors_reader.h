// The header of one safetensors file.
//
//   bytes   what
//   8       N: the header's size, u64
//   N       JSON: {"name": {"dtype": "BF16", "shape": [8, 4], "data_offsets": [0, 64]}, ...,
//           "__metadata__": {...}}; the outermost dimension first, offsets count from the data
//   rest    data, without holes or overlaps
//
// Source: the format's description in huggingface/safetensors (README).
#pragma once

#include "files/checkpoint.h"
#include "files/tensor_table.h"

namespace tug {

/// Adds the file's tensors to `table`, with extents in file number `file_index`. A tensor whose dtype is not
/// one of F32, F16, BF16 and F8_E4M3 is kept as unreadable. Takes at most 64 MiB for the header's bytes.
/// Errors: kCorrupt, kUnsupported, kIo, with the file's name.
Status read_safetensors(const File& file, int32_t file_index, TensorTable& table);

}  // namespace tug
