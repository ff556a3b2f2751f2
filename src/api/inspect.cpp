#include "api/parts.h"
#include "models/architecture.h"
#include "plan/print.h"

namespace tug {

Result<Inspection> inspect(const std::string& model) {
  const Checkpoint checkpoint = TUG_TRY(open_checkpoint(model));
  const Plan plan = TUG_TRY(make_plan(checkpoint));
  return Inspection{print_plan(plan), plan_json(plan).dump(2)};
}

}  // namespace tug
