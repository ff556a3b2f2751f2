// Reading the public test data and the demo model's tokenizer.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/expect.h"
#include "text/tokenizer.h"

namespace tug {

/// The whole file; empty when it is not there.
inline std::string read_if_there(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// One JSON document per line.
inline std::vector<Json> read_json_lines(const std::string& path) {
  std::istringstream lines(read_if_there(path));
  std::vector<Json> documents;
  for (std::string line; std::getline(lines, line);) documents.push_back(value_of(parse_json(line)));
  return documents;
}

inline std::vector<int32_t> ids_of(const Json& array) {
  std::vector<int32_t> ids;
  for (const Json& id : array.items()) ids.push_back(static_cast<int32_t>(id.as_integer()));
  return ids;
}

}  // namespace tug
