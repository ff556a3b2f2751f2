// Bytes that should be UTF-8, and may be cut or broken.
#pragma once

#include <string>
#include <string_view>

namespace tug {

/// Moves what is complete from `pending` to the end of `text`. Bytes that can never become a character turn
/// into U+FFFD, one for each maximal piece of a character (as browsers and Python do). What stays in
/// `pending` (at most three bytes) is the beginning of a character.
void drain_utf8(std::string& pending, std::string& text);

/// All of `bytes` as UTF-8; a character that is cut at the end becomes U+FFFD too.
std::string to_utf8(std::string bytes);

}  // namespace tug
