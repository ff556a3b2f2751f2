// Writes small safetensors files for tests:
//   SafetensorsWriter w;
//   w.add("x.weight", "F32", {2, 4}, bytes);
//   w.write(path);
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tensor/type.h"

namespace tug {

class SafetensorsWriter {
 public:
  /// `dtype` as the format writes it: "F32", "BF16", "F8_E4M3", "I64", ...
  void add(std::string_view name, std::string_view dtype, const std::vector<int64_t>& shape, ByteView bytes) {
    data_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    describe(name, dtype, shape, static_cast<int64_t>(bytes.size()));
  }
  void add(std::string_view name, Type type, const std::vector<int64_t>& shape, ByteView bytes) {
    add(name, type_info(type).name, shape, bytes);
  }

  /// A tensor whose data is not written: for sparse files.
  void describe(std::string_view name, std::string_view dtype, const std::vector<int64_t>& shape,
                int64_t size) {
    header_ += header_.empty() ? "{\"" : ",\"";
    header_.append(name).append("\":{\"dtype\":\"").append(dtype).append("\",\"shape\":[");
    for (size_t i = 0; i < shape.size(); ++i) header_ += (i ? "," : "") + std::to_string(shape[i]);
    header_ += "],\"data_offsets\":[" + std::to_string(end_) + "," + std::to_string(end_ + size) + "]}";
    end_ += size;
  }

  /// The size of the whole file, data included.
  int64_t file_size() const { return static_cast<int64_t>(header().size()) + end_; }

  /// The length and the JSON text.
  std::string header() const { return wrap(header_.empty() ? "{}" : header_ + "}"); }
  std::string bytes() const { return header() + data_; }
  void write(const std::string& path) const { std::ofstream(path, std::ios::binary) << bytes(); }

  /// A header of any text, for files that are wrong.
  static std::string wrap(std::string_view json) {
    const uint64_t size = json.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof(size)).append(json);
  }

 private:
  std::string header_;  // without the closing brace
  std::string data_;
  int64_t end_ = 0;
};

}  // namespace tug
