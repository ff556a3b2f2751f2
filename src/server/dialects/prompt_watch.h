// How far a prompt has been read, in llama-server's words, and how long the rest will take.
#pragma once

#include <algorithm>

#include "base/json.h"
#include "tugboat/request.h"

namespace tug {

class PromptWatch {
 public:
  /// `seconds`: since the request came, here and below.
  void note(const PromptProgress& progress, double seconds) {
    if (!begun()) first_ = progress.done, begun_at_ = seconds;
    last_ = progress;
    last_at_ = seconds;
  }
  bool begun() const { return last_.total > 0; }

  /// `time_left_ms` at the rate so far, once there is one.
  Json json(double seconds) const {
    Json json = Json::object({{"total", last_.total},
                              {"cache", last_.reused},
                              {"processed", last_.done},
                              {"time_ms", static_cast<int64_t>(seconds * 1000)}});
    if (last_.done <= first_ || last_at_ <= begun_at_) return json;
    const double each = (last_at_ - begun_at_) / static_cast<double>(last_.done - first_);
    const double left = static_cast<double>(last_.total - last_.done) * each - (seconds - last_at_);
    json.set("time_left_ms", static_cast<int64_t>(std::max(left, 0.0) * 1000));
    return json;
  }

 private:
  PromptProgress last_;
  int64_t first_ = 0;  // tokens that were there at the beginning
  double begun_at_ = 0, last_at_ = 0;
};

}  // namespace tug
