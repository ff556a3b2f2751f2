// Reads the arrays of a safetensors file that a test compares with: float32 and int32.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/expect.h"

namespace tug {

class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    bytes_ = content.str();
    const auto length = load<uint64_t>(bytes_.data());
    header_ = value_of(parse_json(std::string_view(bytes_).substr(8, length)));
    data_ = 8 + length;
  }

  bool has(const std::string& name) const { return header_.find(name) != nullptr; }

  /// All elements, row-major.
  template <class T>
  std::vector<T> read(const std::string& name) const {
    const Json* tensor = header_.find(name);
    if (!tensor) throw std::runtime_error("no tensor " + name);
    const auto& range = tensor->find("data_offsets")->items();
    const auto first = static_cast<size_t>(range[0].as_integer()),
               end = static_cast<size_t>(range[1].as_integer());
    std::vector<T> values((end - first) / sizeof(T));
    std::memcpy(values.data(), bytes_.data() + data_ + first, end - first);
    return values;
  }

 private:
  std::string bytes_;
  Json header_;
  size_t data_ = 0;
};

}  // namespace tug
