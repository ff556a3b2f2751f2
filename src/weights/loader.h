// From the file into packed slots: direct reads of a few megabytes, each packed by the thread that read it
// while the piece is still in that core's cache.
#pragma once

#include <vector>

#include "base/function_ref.h"
#include "files/checkpoint.h"
#include "weights/packer.h"

namespace tug {

/// Told now and then while weights load: bytes read so far and in total.
using LoadProgress = FunctionRef<void(int64_t done, int64_t total)>;

struct LoadJob {
  const Matrix* matrix;
  MutableByteView slot;
};

/// Errors: kIo; kCorrupt, also for weights and scales that are not finite; kOutOfMemory. What `progress`
/// throws comes through when all threads have stopped.
Status load_matrices(const Checkpoint& checkpoint, const std::vector<LoadJob>& jobs, const Packer& packer,
                     int threads, LoadProgress progress);

}  // namespace tug
