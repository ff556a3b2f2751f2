#include "api/parts.h"
#include "backends/make_backend.h"
#include "base/units.h"
#include "files/embedded_demo.h"
#include "models/architecture.h"
#include "plan/print.h"
#include "plan/walk.h"

namespace tug {
namespace {

/// What the cpu backend takes: the packed weights, and one context of the model's full length.
struct MemoryNeed {
  int64_t weights = 0, context = 0;
};

Result<MemoryNeed> memory_need(const Plan& plan) {
  ThreadPool pool(1);
  const auto backend = TUG_TRY(make_backend("cpu", Isa::kScalar, KvType::kF32, pool));
  MemoryNeed need;
  for_each_unit(plan, [&](UnitId unit) {
    for_each_linear(plan, unit, [&](std::string_view, const Linear& linear) {
      need.weights += backend->packed_size(linear.weight);
    });
  });
  need.context = backend->state_layout(plan).bytes(plan.context);
  return need;
}

}  // namespace

Result<Inspection> inspect(const std::string& model) {
  const Checkpoint checkpoint = TUG_TRY(open_checkpoint(model));
  const Plan plan = TUG_TRY(make_plan(checkpoint));
  const MemoryNeed need = TUG_TRY(memory_need(plan));
  const std::string text = print_plan(plan) + "\nmemory needed\n  " + format_size(need.weights) +
                           " for the packed weights, and " + format_size(need.context) +
                           " for a context of " + format_count(plan.context) + " tokens\n";
  Json json = plan_json(plan);
  json.set("memory", Json::object({{"weights_bytes", need.weights},
                                   {"context", plan.context},
                                   {"context_bytes", need.context}}));
  return Inspection{text, json.dump(2)};
}

}  // namespace tug
