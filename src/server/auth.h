// Who may ask.
#pragma once

#include <string>
#include <string_view>

#include "server/http/http_message.h"

namespace tug {

/// Whether a request shows the key, as "Authorization: Bearer KEY" or "x-api-key: KEY". Takes the same time
/// for every wrong key of a length.
bool shows_key(const HttpRequest& request, std::string_view key);

/// An address that only this machine reaches.
bool is_loopback(std::string_view host);

/// An Origin header that names a page of this machine.
bool is_local_origin(std::string_view origin);

}  // namespace tug
