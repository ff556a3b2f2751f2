// Text out of the "content" of OpenAI's messages: a string, or parts.
#pragma once

#include "server/dialects/fields.h"
#include "tugboat/types.h"

namespace tug {

/// Parts of another kind than text are a problem: no model here sees images yet.
Content read_content(const Fields& message, const char* name);

}  // namespace tug
