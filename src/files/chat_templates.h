// Where a Hugging Face directory keeps its chat templates.
#pragma once

#include "files/checkpoint.h"
#include "files/file_set.h"

namespace tug {

/// By name; the ordinary one is "default". As transformers looks for them: chat_template.jinja and
/// additional_chat_templates/, else the tokenizer config's (one text, or a list of named ones), else
/// chat_template.json. Errors: kIo; kCorrupt for a file that is too large or no JSON.
Result<ChatTemplates> read_chat_templates(const FileSet& set, const Json& tokenizer_config);

}  // namespace tug
