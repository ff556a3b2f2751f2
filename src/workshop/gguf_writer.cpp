#include "workshop/gguf_writer.h"

namespace tug {
namespace {

// Value types of metadata.
constexpr uint32_t kUint32 = 4, kInt32 = 5, kFloat32 = 6, kBool = 7, kText = 8, kArray = 9;

void write_text(ByteWriter& to, std::string_view text) {
  to.write(static_cast<uint64_t>(text.size()));
  to.append(text.data(), text.size());
}

}  // namespace

int64_t GgufTensor::elements() const {
  int64_t product = 1;
  for (const int64_t dim : dims) product *= dim;
  return product;
}

int64_t GgufTensor::bytes() const {
  const TypeInfo& info = type_info(type);
  return elements() / info.block_elements * info.block_bytes;
}

void GgufHeader::begin(std::string_view key, uint32_t type) {
  write_text(pairs_, key);
  pairs_.write(type);
  ++count_;
}

void GgufHeader::add(std::string_view key, uint32_t value) {
  begin(key, kUint32);
  pairs_.write(value);
}

void GgufHeader::add(std::string_view key, float value) {
  begin(key, kFloat32);
  pairs_.write(value);
}

void GgufHeader::add(std::string_view key, bool value) {
  begin(key, kBool);
  pairs_.write(static_cast<uint8_t>(value));
}

void GgufHeader::add(std::string_view key, std::string_view value) {
  begin(key, kText);
  write_text(pairs_, value);
}

void GgufHeader::add(std::string_view key, const std::vector<std::string>& values) {
  begin(key, kArray);
  pairs_.write(kText);
  pairs_.write(static_cast<uint64_t>(values.size()));
  for (const std::string& value : values) write_text(pairs_, value);
}

void GgufHeader::add(std::string_view key, const std::vector<int32_t>& values) {
  begin(key, kArray);
  pairs_.write(kInt32);
  pairs_.write(static_cast<uint64_t>(values.size()));
  for (const int32_t value : values) pairs_.write(value);
}

std::vector<std::byte> GgufHeader::take(const std::vector<GgufTensor>& tensors) {
  ByteWriter all;
  all.append("GGUF", 4);
  all.write(uint32_t{3});
  all.write(static_cast<uint64_t>(tensors.size()));
  all.write(count_);
  const std::vector<std::byte> pairs = pairs_.take();
  all.append(pairs.data(), pairs.size());
  int64_t offset = 0;
  for (const GgufTensor& tensor : tensors) {
    write_text(all, tensor.name);
    all.write(static_cast<uint32_t>(tensor.dims.size()));
    for (const int64_t dim : tensor.dims) all.write(static_cast<uint64_t>(dim));
    all.write(static_cast<uint32_t>(tensor.type));
    all.write(static_cast<uint64_t>(offset));
    offset += tensor.bytes() + padding(tensor.bytes());
  }
  std::vector<std::byte> bytes = all.take();
  bytes.resize(bytes.size() + static_cast<size_t>(padding(static_cast<int64_t>(bytes.size()))));
  return bytes;
}

}  // namespace tug
