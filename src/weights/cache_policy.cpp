#include "weights/cache_policy.h"

#include <cmath>

namespace tug {

CachePolicy::CachePolicy(size_t units, double half_life)
    : scores_(units), growth_(std::exp2(1 / half_life)) {}

void CachePolicy::tick() {
  now_ *= growth_;
  if (now_ < 0x1p500) return;
  for (double& score : scores_) score /= now_;
  now_ = 1;
}

}  // namespace tug
