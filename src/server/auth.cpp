#include "server/auth.h"

#include <algorithm>

namespace tug {
namespace {

bool same(std::string_view a, std::string_view b) {
  volatile unsigned char differs = a.size() != b.size();
  for (size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    differs = static_cast<unsigned char>(differs | (a[i] ^ other));
  }
  return differs == 0;
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y;
         });
}

std::string_view bearer_of(const HttpRequest& request) {
  const std::string* authorization = request.header("authorization");
  if (!authorization) return {};
  const std::string_view text = *authorization;
  const size_t blank = std::min(text.find(' '), text.size());
  const size_t start = std::min(text.find_first_not_of(' ', blank), text.size());
  return equals_ignoring_case(text.substr(0, blank), "bearer") ? text.substr(start) : std::string_view();
}

}  // namespace

std::optional<size_t> find_key(const HttpRequest& request, std::span<const std::string> keys) {
  const std::string* header = request.header("x-api-key");
  const std::string_view bare = header ? std::string_view(*header) : std::string_view();
  const std::string_view bearer = bearer_of(request);
  std::optional<size_t> found;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (same(bare, keys[i]) | same(bearer, keys[i])) found = i;
  }
  return found;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool is_local_origin(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    std::string_view host = origin.substr(scheme.size());
    const size_t colon = host.starts_with('[') ? host.find("]:") : host.find(':');
    if (colon != std::string_view::npos) host = host.substr(0, colon + host.starts_with('['));
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  }
  return false;
}

}  // namespace tug
