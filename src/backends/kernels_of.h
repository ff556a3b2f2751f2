// Which table of kernels goes with which instructions.
#pragma once

#include "kernels/kernels.h"
#include "platform/cpu.h"

namespace tug {

/// The instruction set must be available.
const Kernels& kernels_of(Isa isa);

/// Those of the best instruction set of this CPU.
const Kernels& best_kernels();

}  // namespace tug
