// How far ahead of a product its panels are asked for: best at 0 on some machines, whose own prefetcher
// follows, and at some kilobytes on others, where that doubles the speed. So it is measured.
#pragma once

#include "backends/cpu/workspace.h"

namespace tug::cpu {

/// Takes the distance with which the head is read fastest. A few milliseconds; a small head says nothing, and
/// then nothing is changed. Never changes a bit of a product.
void choose_prefetch(const Cpu& cpu, const Plan& plan);

}  // namespace tug::cpu
