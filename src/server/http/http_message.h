// A request as it came in and a reply as it goes out: no sockets in sight.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;     // with its escapes decoded, without the query
  std::string query;    // after the "?", as it came
  HttpHeaders headers;  // names in lower case
  std::string body;
  std::shared_ptr<void> body_charge;  // the body counts among those of all clients while this lives

  /// The first header of that (lower-case) name, or null.
  const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

struct HttpReply {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  HttpHeaders headers = {};
};

}  // namespace tug
