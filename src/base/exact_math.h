// Elementary functions with the same bits on every machine; libm chooses its variants by CPU. The float ones
// are the kernels' own, one lane at a time. The double ones serve tables and sampling: plain * and + only.
#pragma once

#include <bit>
#include <cstdint>

#include "base/lane_math.h"

namespace tug {

// Float: within 1 to 2 ulp. Infinities and NaN as the mathematics has them.
inline float exact_exp(float x) { return exp_lanes(x); }
inline float exact_log(float x) { return log_lanes(x); }
inline float exact_sigmoid(float x) { return sigmoid_lanes(x); }
inline float exact_silu(float x) { return silu_lanes(x); }
inline float exact_softplus(float x) { return softplus_lanes(x); }

// Double: relative error about 1e-15. sin and cos: for |x| up to 2^30; beyond, the error grows; NaN for
// infinities.
double exact_exp(double x);
double exact_log(double x);
double exact_sin(double x);
double exact_cos(double x);

}  // namespace tug
