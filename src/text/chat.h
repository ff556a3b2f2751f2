// A conversation as a prompt in which the user's words cannot pass for control tokens.
#pragma once

#include "base/json.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace tug {

/// Renders `messages` (an array of objects with role and content) for the model to answer.
///
/// `tools`: an array, or null when there are none. `extra_variables`: an object of further template variables
/// (bos_token, eos_token, enable_thinking, ...), which may also overrule add_generation_prompt = true.
/// In what users and tools say, every string that the tokenizer would take for a control token is marked, and
/// so is the beginning of one at the end of a text; system and assistant messages are trusted. Arguments of
/// tool calls that are JSON text become objects, since many templates insist on that. Errors: as for
/// ChatTemplate; kInvalidArgument when the conversation uses all of U+FDD0 to U+FDEF.
Result<MarkedText> render_chat(const ChatTemplate& chat_template, const Tokenizer& tokenizer,
                               const Json& messages, const Json* tools, const Json& extra_variables);

/// What `text`, the conversation's rendering, begins with however its first user message goes on:
/// instructions and tools, without marks. Empty when there are none.
std::string common_instructions(const ChatTemplate& chat_template, const Tokenizer& tokenizer,
                                const Json& messages, const Json* tools, const Json& extra_variables,
                                const MarkedText& text);

/// How many of `tokens` lie within the first `bytes` bytes of their text.
int64_t tokens_within(const Tokenizer& tokenizer, std::span<const int32_t> tokens, size_t bytes);

/// Whether the model's answer begins inside its reasoning: the prompt ends with an open <think>.
bool prompt_opens_reasoning(std::string_view prompt);

}  // namespace tug
