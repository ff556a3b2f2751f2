// One line a request: a JSON object. Never what was asked, answered, or shown as a key.
#pragma once

#include "base/json.h"

namespace tug {

/// "2026-12-01T05:00:00.123Z"
std::string utc_now();

}  // namespace tug
