// The table of AVX2 with better products of codes: an override, the rest stays as it is. Only C headers and
// our own lane code: an inline function of the standard library compiled here could replace the one that
// every CPU runs.
#include "kernels/kernels.h"

#ifdef __AVXVNNI__

#include "kernels/avxvnni/quads.h"

#include "kernels/products.inc.h"

#include "kernels/limits.inc.h"

namespace tug {
namespace {

template <class Panel, Form kForm>
void replace(typename DotOf<kForm>::Type& slot) {
  if constexpr (kForm != kFloats) slot = dot_codes<Panel>;
}

Kernels overridden() {
  Kernels table = avx2_kernels();
#define TUG_PANEL(type, name, Panel, form) replace<Panel, form>(table.dot_##name);
#include "kernels/formats.def"
#undef TUG_PANEL
  table.set_prefetch = [](Prefetch wanted) {
    set_prefetch(wanted);
    avx2_kernels().set_prefetch(wanted);  // for the products that are still its own
  };
  table.prefetch_distances = prefetch_distances;
  table.read_lines = read_lines;
  table.multiply_codes = multiply_codes;
  table.multiply_floats = multiply_floats;
  return table;
}

}  // namespace

const Kernels& avxvnni_kernels() {
  static const Kernels table = overridden();
  return table;
}

}  // namespace tug

#else

namespace tug {
const Kernels& avxvnni_kernels() { return scalar_kernels(); }
}  // namespace tug

#endif
