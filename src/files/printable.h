// Names from files in messages for people.
#pragma once

#include <string>
#include <string_view>

namespace tug {

/// At most 120 bytes of `text`, with control characters as '?': a hostile name must not steer a terminal.
inline std::string printable(std::string_view text) {
  constexpr size_t kBytesMax = 120;
  std::string out(text.substr(0, kBytesMax));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  if (text.size() > kBytesMax) out += "...";
  return out;
}

}  // namespace tug
