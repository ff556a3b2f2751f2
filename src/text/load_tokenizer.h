// The tokenizer that comes with a model.
#pragma once

#include "files/checkpoint.h"
#include "text/tokenizer.h"

namespace tug {

/// From tokenizer.json or a GGUF file's metadata. Errors: kNotFound when the model brings none; as for
/// Tokenizer.
Result<Tokenizer> load_tokenizer(const Checkpoint& checkpoint);

}  // namespace tug
