#include "kernels/kernels.h"

#include "kernels/scalar/vector.h"

#include "kernels/table.inc.h"

namespace tug {

const Kernels& scalar_kernels() { return kTable; }

}  // namespace tug
