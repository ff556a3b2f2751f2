#include "engine/lanes.h"

namespace tug {

Lanes::Turn Lanes::next(bool long_wants, bool short_wants) {
  shared_ = long_wants && short_wants;
  if (!shared_) {
    long_ = short_ = 0;
    return long_wants ? Turn::kLong : short_wants ? Turn::kShort : Turn::kNone;
  }
  return short_ * (1 - kShortShare) <= long_ * kShortShare ? Turn::kShort : Turn::kLong;
}

}  // namespace tug
