// The table of an instruction set, after its vector.h.
#pragma once

#include "kernels/products.inc.h"
#include "kernels/rows.inc.h"

#include "kernels/choice.inc.h"
#include "kernels/limits.inc.h"

namespace tug {
namespace {

constexpr Kernels kTable = {
#define TUG_PANEL(type, name, Panel, form) .dot_##name = dot_for<Panel, form>(),
#include "kernels/formats.def"
#undef TUG_PANEL
    .dot_i8 = dot_floats<PanelI8>,
    .set_prefetch = set_prefetch,
    .prefetch_distances = prefetch_distances,
    .fold = fold,
    .quantise = quantise,
    .dot = dot,
    .add_scaled = add_scaled,
    .multiply = multiply,
    .scale = scale,
    .exp = exp,
    .apply_gate = apply_gate,
    .rms_norm = rms_norm,
    .softmax = softmax,
    .peak = peak,
    .exp_sum = exp_sum,
    .precise_exp_sum = precise_exp_sum,
    .keep_from = keep_from,
    .split = split,
    .convolve = convolve,
    .update_state = update_state,
    .read_lines = read_lines,
    .multiply_codes = multiply_codes,
    .multiply_floats = multiply_floats,
};

}  // namespace
}  // namespace tug
