// How fast a model's files can be read, past the page cache.
#pragma once

#include "files/checkpoint.h"

namespace tug {

/// Bytes per second of reads of 1 MB from anywhere in the file that holds most of the weights, with the
/// number of requests at once that is fastest. Takes a second. Errors: kIo, kOutOfMemory.
Result<double> measure_drive(const Checkpoint& checkpoint);

}  // namespace tug
