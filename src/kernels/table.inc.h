// The table of an instruction set, after its vector.h.
#pragma once

#include "kernels/products.inc.h"
#include "kernels/rows.inc.h"

namespace tug {
namespace {

constexpr Kernels kTable = {
    .dot_f32 = dot_f32,
    .dot_f16 = dot_f16,
    .dot_bf16 = dot_bf16,
    .fold = fold,
    .dot_q8_0 = dot_codes<PanelQ8_0>,
    .dot_q4_k = dot_codes<PanelQ4_K>,
    .dot_q6_k = dot_codes<PanelQ6_K>,
    .quantise = quantise,
    .dot = dot,
    .add_scaled = add_scaled,
    .scale = scale,
    .exp = exp,
    .apply_gate = apply_gate,
    .rms_norm = rms_norm,
    .softmax = softmax,
    .convolve = convolve,
    .update_state = update_state,
};

}  // namespace
}  // namespace tug
