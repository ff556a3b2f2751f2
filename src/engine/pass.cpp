#include "engine/pass.h"

namespace tug {

Pass::~Pass() {
  if (!buffers_) return;
  for (int64_t first = 0; !finished_ && first < static_cast<int64_t>(buffers_->active.size());) {
    const RowRun run = next_run(buffers_->active, first);
    run.sequence->abandon(run.count, next_block_ > 0);
    first += run.count;
  }
  spare_->push_back(std::move(buffers_));
}

}  // namespace tug
