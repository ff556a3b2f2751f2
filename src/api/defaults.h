// What a checkpoint says about sampling, end of text and its named tokens; Hugging Face and GGUF.
#pragma once

#include <string>
#include <vector>

#include "files/checkpoint.h"
#include "text/tokenizer.h"
#include "tugboat/types.h"

namespace tug {

/// generation_config.json, or GGUF's general.sampling.*; the model cards' settings for what is not said.
/// Errors: kCorrupt for a value out of range or of the wrong type, with file and key.
Result<Sampling> read_default_sampling(const Checkpoint& checkpoint);

/// All ids that end an answer: the union of everything the files say, and <|im_end|> and <|endoftext|> where
/// they are control tokens: a config alone names one of the two. Ascending. Errors: kCorrupt, for metadata.
Result<std::vector<int32_t>> read_stop_tokens(const Checkpoint& checkpoint, const Tokenizer& tokenizer);

/// The text of "bos" or "eos"; empty when the model has none. Errors: kCorrupt, for metadata.
Result<std::string> read_named_token(const Checkpoint& checkpoint, const Tokenizer& tokenizer,
                                     const std::string& name);

}  // namespace tug
