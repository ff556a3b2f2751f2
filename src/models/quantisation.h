// How safetensors say that they are quantised, and which of these ways are refused.
#pragma once

#include "files/checkpoint.h"
#include "models/settings.h"

namespace tug {

/// Block-wise FP8 passes; every other quantisation is noted as unsupported, by its name and with what to take
/// instead. Known by the config, or by the tensors where the config is silent. For Hugging Face checkpoints.
void check_quantisation(Settings& settings, const Checkpoint& checkpoint);

}  // namespace tug
