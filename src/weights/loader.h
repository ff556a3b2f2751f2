// From the file into packed slots: direct reads of a few megabytes, each packed by the thread that read it
// while the piece is still in that core's cache.
#pragma once

#include <vector>

#include "files/checkpoint.h"
#include "weights/packer.h"
#include "weights/store.h"

namespace tug {

struct LoadJob {
  const Matrix* matrix;
  MutableByteView slot;
};

/// kCorrupt, with the name of the tensor that the extent belongs to.
Error non_finite(const Checkpoint& checkpoint, const Extent& extent);

/// Errors: kIo; kCorrupt, also for weights and scales that are not finite.
Status load_matrices(const Checkpoint& checkpoint, const std::vector<LoadJob>& jobs, const Packer& packer,
                     int threads, LoadProgress progress);

}  // namespace tug
