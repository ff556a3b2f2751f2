// The inner loops, once per instruction set, each a table of function pointers. All tables give the same
// bits: every float sum has one order, integer sums are exact.
//
// A *panel* is 16 rows of a matrix, interleaved so that a vector lane is a row, the same for every
// instruction set; the layouts are in formats/. A *quad* is 4 consecutive weights of each of the 16 rows, 64
// bytes: row r at bytes 4r .. 4r+3. *Pairs* are bytes of two neighbouring groups, [16 rows][2].
//
// Sums over a vector are 16 partial sums, element i in sum i mod 16, folded by one tree (16 to 8, 4, 2, 1).
// No pointer needs an alignment. Ranges may have any length, 0 included, unless it says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tug {

/// Rows of a panel, lanes of a vector.
inline constexpr int64_t kLanes = 16;

/// Partial sums of a product with a float panel, per token: sum j holds the columns k with k mod 4 = j.
inline constexpr int64_t kFloatSums = 4 * kLanes;

/// One row of activations as 8-bit codes: x[i] is about codes[i] * scales[i / group]. A row that holds an
/// infinity or a NaN has NaN for that group's scale.
struct QuantRow {
  const int8_t* codes;       // [K], within +-127
  const float* scales;       // [K / group]
  const int16_t* sums;       // [K / 32], of the codes
  const int16_t* half_sums;  // [K / 16]
};

/// Where quantise() puts such a row.
struct QuantRowOut {
  int8_t* codes;
  float* scales;
  int16_t* sums;
  int16_t* half_sums;
};

enum class GateKind { kSilu, kSigmoid };

/// Softmax before the division: values became e^(x - max); sum is theirs.
struct SoftmaxSum {
  float max, sum;
};

/// The largest number, and the largest magnitude: infinite or NaN if any number is. NaN is never the max;
/// -inf without numbers.
struct Peak {
  float max, magnitude;
};
struct Split {
  float above, between;  // sums
  int64_t count;         // of those between
};

/// How a product takes its activations; the bits of a set.
enum Form : unsigned { kFloats = 0, kCodes32 = 1, kCodes256 = 2 };

/// Panels of equal shape, `stride` bytes from one to the next; the sums of one begin `apart` floats behind
/// those of the one before. What is multiplied after them begins at `next`, unless it is null: it may be
/// asked for at the end of the run.
struct PanelRun {
  const void* first;
  int64_t count = 1, stride = 0, apart = 0;
  const void* next = nullptr;
};

/// sums [count, 4, 16] of every panel += panel [k, 16] * x[token] [k]. Another call goes on where k is a
/// multiple of 4.
using DotFloats = void (*)(const PanelRun& panels, int64_t k, const float* const* x, int64_t count,
                           float* sums);
/// y [count] rows of 16 that begin `stride` floats apart = panel [k, 16] * x[token] [k], for every panel; k
/// is a multiple of the type's block.
using DotCodes = void (*)(const PanelRun& panels, int64_t k, const QuantRow* x, int64_t count, int64_t stride,
                          float* y);

template <Form>
struct DotOf {
  using Type = DotCodes;
};
template <>
struct DotOf<kFloats> {
  using Type = DotFloats;
};

/// How many bytes ahead of a product the lines of its panels are asked for: `near` into the first-level
/// cache, `far` into the second. With 0 only a panel's own lines.
struct Prefetch {
  int64_t near, far;
};

struct Kernels {
  // The products: dot_f32, dot_q4_k, ..., one for each row of the table.
#define TUG_PANEL(type, name, Panel, form) DotOf<form>::Type dot_##name;
#include "kernels/formats.def"
#undef TUG_PANEL
  /// A float product with codes of values [k, 16] (backends/cpu/kv_pages.h).
  DotFloats dot_i8;
  /// Which distances are best depends on the machine; bits do not depend on them. For all products of this
  /// instruction set.
  void (*set_prefetch)(Prefetch distances);
  Prefetch (*prefetch_distances)();
  /// y [count] rows of 16 that begin `stride` floats apart = (sum 0 + sum 1) + (sum 2 + sum 3).
  void (*fold)(const float* sums, int64_t count, int64_t stride, float* y);

  /// Codes of x [k] in groups of 32 or 256: scale = max|x| / 127, rounded half to even.
  void (*quantise)(const float* x, int64_t k, int64_t group, const QuantRowOut& to);

  /// Sum of a[i] * b[i].
  float (*dot)(const float* a, const float* b, int64_t n);
  /// x[i] += factor * y[i], rounded once.
  void (*add_scaled)(float factor, const float* y, int64_t n, float* x);
  /// y[i] = a[i] * b[i].
  void (*multiply)(const float* a, const float* b, int64_t n, float* y);
  /// x[i] *= factor.
  void (*scale)(float factor, int64_t n, float* x);
  /// x[i] = e^x[i].
  void (*exp)(int64_t n, float* x);
  /// y[i] = x[i] * silu(gate[i]) or x[i] * sigmoid(gate[i]). y may be x or gate.
  void (*apply_gate)(GateKind kind, const float* x, const float* gate, int64_t n, float* y);
  /// y[i] = x[i] / sqrt(mean(x^2) + eps) * (weight[i] + offset); NaN when the mean is infinite. y may be x.
  void (*rms_norm)(const float* x, const float* weight, float offset, float eps, int64_t n, float* y);
  /// x[i] = e^(x[i] - max x).
  SoftmaxSum (*softmax)(int64_t n, float* x);

  Peak (*peak)(const float* x, int64_t n);
  /// y[i] = e^((x[i] - shift) * factor); their sum.
  float (*exp_sum)(const float* x, int64_t n, float shift, float factor, float* y);
  /// The sum of e^(x[i] - shift) within 1e-11 of itself; no x is larger than the shift.
  double (*precise_exp_sum)(const float* x, int64_t n, double shift);
  /// y[i] = 0 where x[i] < low; the sum of y, which may be x.
  float (*keep_from)(const float* x, float low, int64_t n, float* y);
  /// Sums of y[i], above where x[i] > high, between where low <= x[i] <= high. The first + i between,
  /// ascending, go to `indices`, unless null; it has room for n + 15. No NaN.
  Split (*split)(const float* x, const float* y, int64_t n, float low, float high, int32_t first,
                 int32_t* indices);

  /// y[c] = silu(sum over j of inputs[j][c] * weights[j][c]), j ascending from 0 to taps - 1.
  void (*convolve)(const float* const* inputs, const float* const* weights, int64_t taps, int64_t n,
                   float* y);
  /// to [keys, 16] = decay * state + sum over s of (factors[s] * k[s][key]) * u[s] [16], s ascending.
  void (*update_state)(float decay, const float* factors, const float* const* k, const float* const* u,
                       int64_t count, int64_t keys, const float* state, float* to);

  // What the machine can do at best, for measurements.
  /// Reads `bytes` at the distances of set_prefetch().
  int32_t (*read_lines)(const void* from, int64_t bytes);
  /// Multiplies in registers for some rounds. Returns how many numbers were multiplied and added.
  int64_t (*multiply_codes)(int64_t rounds);
  int64_t (*multiply_floats)(int64_t rounds);
};

const Kernels& scalar_kernels();
/// The CPU must have the instructions (platform/cpu.h). Built for another architecture, these are the scalar
/// ones.
const Kernels& neon_kernels();
const Kernels& avx2_kernels();
const Kernels& avxvnni_kernels();
const Kernels& avx512_kernels();
const Kernels& amx_kernels();

}  // namespace tug
