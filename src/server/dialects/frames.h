// Server-sent events, as all dialects frame them.
#pragma once

#include <string>
#include <string_view>

namespace tug {

inline void append_data(std::string& out, std::string_view json) {
  out.append("data: ").append(json).append("\n\n");
}

inline void append_event(std::string& out, std::string_view type, std::string_view json) {
  out.append("event: ").append(type).append("\ndata: ").append(json).append("\n\n");
}

}  // namespace tug
