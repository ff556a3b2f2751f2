// Only C headers and our own lane code: an inline function of the standard library compiled here could
// replace the one that every CPU runs.
#include "kernels/kernels.h"

#ifdef __AVX2__

#include "kernels/avx2/quads.h"

#include "kernels/table.inc.h"

namespace tug {
const Kernels& avx2_kernels() { return kTable; }
}  // namespace tug

#else

namespace tug {
const Kernels& avx2_kernels() { return scalar_kernels(); }
}  // namespace tug

#endif
