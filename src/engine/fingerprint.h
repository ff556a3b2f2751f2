// Tells models apart: those of other shapes, and fine-tuned ones of the same.
#pragma once

#include "files/checkpoint.h"
#include "plan/plan.h"

namespace tug {

/// A number that follows from the files alone: shapes, formats and a few bytes of every dense matrix and
/// vector, and of a share of the experts' matrices; at most some thousand small reads. Errors: kIo.
Result<uint64_t> fingerprint_of(const Checkpoint& checkpoint, const Plan& plan);

}  // namespace tug
