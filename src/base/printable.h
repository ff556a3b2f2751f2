// Foreign texts in messages for people: names of tensors, keys, tokens and files, values of configs.
#pragma once

#include <string>
#include <string_view>

namespace tug {

/// The text when it has at most `size_max` bytes, else its beginning and its end with "..." between them.
/// Never cuts a UTF-8 character.
std::string shortened(std::string_view text, size_t size_max);

/// A name or value from a file, shortened, on one line: whatever could steer a terminal or turn the direction
/// of the text, and what is not UTF-8, becomes '?'.
std::string printable(std::string_view text, size_t size_max = 120);

/// The same for a whole message, whose lines stay.
std::string printable_lines(std::string_view text, size_t size_max);

}  // namespace tug
