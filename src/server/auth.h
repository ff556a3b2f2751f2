// Who may ask.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/http/http_message.h"

namespace tug {

/// Which of the keys a request shows, as "Authorization: Bearer KEY" or "x-api-key: KEY"; absent: none. Takes
/// the same time for every wrong key of a length.
std::optional<size_t> find_key(const HttpRequest& request, std::span<const std::string> keys);

/// An address that only this machine reaches.
bool is_loopback(std::string_view host);

/// An Origin header that names a page of this machine.
bool is_local_origin(std::string_view origin);

}  // namespace tug
