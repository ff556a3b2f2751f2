#include "backends/kernels_of.h"

#include "base/check.h"

namespace tug {

const Kernels& kernels_of(Isa isa) {
  TUG_CHECK(isa_available(isa));
  switch (isa) {
    case Isa::kNeon: return neon_kernels();
    case Isa::kAvx2: return avx2_kernels();
    case Isa::kAvxVnni: return avxvnni_kernels();
    case Isa::kAvx512: return avx512_kernels();
    case Isa::kAmx: return amx_kernels();
    case Isa::kScalar: break;
  }
  return scalar_kernels();
}

const Kernels& best_kernels() {
  static const Kernels& best = kernels_of(best_isa());  // asking the CPU takes microseconds
  return best;
}

}  // namespace tug
