#include "base/printable.h"

#include "base/utf8.h"

namespace tug {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Control characters (C0, DEL, C1), separators of lines, and what overrides the direction of text.
bool is_control(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (character.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;
  if (character.size() != 3 || byte(0) != 0xe2) return false;
  return (byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) ||  // U+2028 to U+202E
         (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);    // U+2066 to U+2069
}

std::string made_printable(std::string text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const size_t length = utf8_length(rest);
    const std::string_view character = rest.substr(0, length > 0 ? length : 1);
    const bool is_layout = keep_lines && (character == "\n" || character == "\t");
    if (length > 0 && (is_layout || !is_control(character))) out += character;
    else out += '?';
    rest.remove_prefix(character.size());
  }
  return out;
}

}  // namespace

std::string shortened(std::string_view text, size_t size_max) {
  constexpr std::string_view kGap = "...";
  if (text.size() <= size_max) return std::string(text);
  const size_t room = size_max > kGap.size() ? size_max - kGap.size() : 0;
  size_t head = room - room / 3, tail = text.size() - room / 3;
  while (head > 0 && continues_character(text[head])) --head;
  while (tail < text.size() && continues_character(text[tail])) ++tail;
  return std::string(text.substr(0, head)).append(kGap).append(text.substr(tail));
}

std::string printable(std::string_view text, size_t size_max) {
  return made_printable(shortened(text, size_max), false);
}

std::string printable_lines(std::string_view text, size_t size_max) {
  return made_printable(shortened(text, size_max), true);
}

}  // namespace tug
