// Rotary embedding, from any of the spellings that configs have had.
#pragma once

#include "models/builder.h"

namespace tug {

/// `rotary_share`: the part of a head that turns when the config does not say. Extends the builder's context
/// where YaRN does. Scaling other than YaRN is refused by name.
Rope read_rope(Builder& builder, int64_t head_dim, double rotary_share);

}  // namespace tug
