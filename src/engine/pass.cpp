#include "engine/pass.h"

namespace tug {
namespace {

Error no_way_back() {
  return Error(
      ErrorCode::kCancelled,
      "The sequence was given up in the middle of a step, and its state has no way back; start over.");
}

}  // namespace

Pass::~Pass() {
  if (!buffers_) return;
  for (int64_t first = 0; !finished_ && first < static_cast<int64_t>(buffers_->active.size());) {
    const RowRun run = next_run(buffers_->active, first);
    run.sequence->in_pass = false;
    if (next_block_ > 0) run.sequence->error = no_way_back();
    first += run.count;
  }
  spare_->push_back(std::move(buffers_));
}

}  // namespace tug
