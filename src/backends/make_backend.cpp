#include "backends/make_backend.h"

#include "backends/cpu/cpu_backend.h"
#include "backends/reference/reference_backend.h"

namespace tug {

Result<std::unique_ptr<Backend>> make_backend(std::string_view name, Isa isa, KvType kv, ThreadPool& pool) {
  if (name == "cpu") return std::unique_ptr<Backend>(std::make_unique<CpuBackend>(isa, kv, pool));
  if (name == "reference") return std::unique_ptr<Backend>(std::make_unique<ReferenceBackend>());
  return Error(ErrorCode::kInvalidArgument,
               "There is no backend \"" + std::string(name) + "\"; choose cpu or reference.");
}

}  // namespace tug
