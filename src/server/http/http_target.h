// What stands between the method and the version of a request.
#pragma once

#include <string>
#include <string_view>

namespace tug {

/// "/a%20b?c=d", or the same after "http://host", to "/a b" and "c=d"; "*" stays as it is. False: neither of
/// these, or an escape that is none or hides a control character.
bool split_target(std::string_view target, std::string& path, std::string& query);

}  // namespace tug
