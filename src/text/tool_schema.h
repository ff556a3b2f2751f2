// The types that a request's tools declare for their parameters.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace tug {

/// A value that a model wrote as plain text, as JSON of a type that the parameter's schema allows: numbers
/// keep their digits. It stays text where the schema says nothing or the value does not fit. `tools`: as
/// OpenAI's API lists them, or null.
std::string typed_argument(const Json* tools, std::string_view function, std::string_view parameter,
                           std::string_view value);

}  // namespace tug
