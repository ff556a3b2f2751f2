// The table of an instruction set, after its vector.h.
#pragma once

#include "kernels/products.inc.h"
#include "kernels/rows.inc.h"

namespace tug {
namespace {

constexpr Kernels kTable = {
#define TUG_PANEL(type, name, Panel, form) .dot_##name = dot_for<Panel, form>(),
#include "kernels/formats.def"
#undef TUG_PANEL
    .fold = fold,
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
