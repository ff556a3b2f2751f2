// Values as Python writes them, which models sometimes do where JSON is asked for.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"

namespace tug {

/// A list, tuple, dict, string, number, True, False or None as JSON; nothing when it is anything else.
std::optional<Json> parse_python_literal(std::string_view text);

}  // namespace tug
