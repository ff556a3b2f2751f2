#include "backends/make_backend.h"

#include "backends/reference/reference_backend.h"

namespace tug {

Result<std::unique_ptr<Backend>> make_backend(std::string_view name, Isa, ThreadPool&) {
  if (name == "reference") return std::unique_ptr<Backend>(std::make_unique<ReferenceBackend>());
  return Error(ErrorCode::kInvalidArgument,
               "There is no backend \"" + std::string(name) + "\"; choose cpu or reference.");
}

}  // namespace tug
