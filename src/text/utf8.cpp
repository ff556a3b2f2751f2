#include "text/utf8.h"

#include <cstdint>

namespace tug {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  size_t size;  // bytes that belong together
  enum { kWhole, kCut, kBroken } state;
};

/// The character at the front of `bytes`, which are not empty. Source: Unicode 15, table 3-7.
Character first_character(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, Character::kWhole};
  if (lead < 0xC2 || lead > 0xF4) return {1, Character::kBroken};
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < size; ++i) {
    if (i == bytes.size()) return {i, Character::kCut};
    // The second byte also rules out overlong forms, surrogates and everything over U+10FFFF.
    const uint8_t low = i == 1 && lead == 0xE0 ? 0xA0 : i == 1 && lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = i == 1 && lead == 0xED ? 0x9F : i == 1 && lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(i) < low || byte(i) > high) return {i, Character::kBroken};
  }
  return {size, Character::kWhole};
}

}  // namespace

void drain_utf8(std::string& pending, std::string& text) {
  std::string_view rest = pending;
  while (!rest.empty()) {
    const Character character = first_character(rest);
    if (character.state == Character::kCut) break;
    text += character.state == Character::kWhole ? rest.substr(0, character.size) : kReplacement;
    rest.remove_prefix(character.size);
  }
  pending.erase(0, pending.size() - rest.size());
}

std::string to_utf8(std::string bytes) {
  std::string text;
  drain_utf8(bytes, text);
  if (!bytes.empty()) text += kReplacement;
  return text;
}

}  // namespace tug
