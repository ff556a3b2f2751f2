// Which path means what.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/dialects/dialect.h"

namespace tug {

struct Route {
  enum class Kind { kCall, kCountTokens, kModels, kModel, kHealth, kMetrics, kPage };
  const char* method;  // GET answers HEAD too
  const char* path;    // without /v1
  Kind kind;
  const Dialect* dialect;
};

struct RouteMatch {
  const Route* route = nullptr;      // null: there is none
  std::string rest = {};             // of the path: the name of a model
  std::string allowed = {};          // methods, where only the method is wrong
  const Dialect* dialect = nullptr;  // for errors; never null
};

RouteMatch find_route(std::string_view method, std::string_view path);

/// A sentence for somebody who has the wrong path.
std::string no_route_sentence(std::string_view path);

}  // namespace tug
