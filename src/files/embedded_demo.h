// The demo model that is a part of the program: models/demo.
#pragma once

#include "files/checkpoint.h"

namespace tug {

/// Opens the embedded model. Its bytes live as long as the program.
Result<Checkpoint> open_embedded_demo();

/// What users name: "demo", or a path for Checkpoint::open. Errors: those of Checkpoint::open.
Result<Checkpoint> open_checkpoint(const std::string& model);

}  // namespace tug
