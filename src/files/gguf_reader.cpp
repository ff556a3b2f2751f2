#include "files/gguf_reader.h"

#include <bit>
#include <optional>

#include "base/printable.h"
#include "files/gguf_metadata.h"
#include "files/gguf_types.h"
#include "files/header_window.h"

namespace tug {
namespace {

enum class ValueType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kText,
  kArray,
  kU64,
  kI64,
  kF64
};

constexpr int64_t kTextBytesMin = 8;
constexpr int64_t kArrayBytesMin = 4 + 8;
constexpr int64_t kPairBytesMin = kTextBytesMin + 4 + 1;
constexpr int64_t kTensorBytesMin = kTextBytesMin + 4 + 8 + 4 + 8;
constexpr int64_t kMapNodeBytes = 160;  // what std::map takes for one pair, with the key's allocation
constexpr int64_t kRankMax = 4;
constexpr int64_t kAlignmentDefault = 32;
constexpr int64_t kAlignmentMin = 8;
constexpr int64_t kAlignmentMax = int64_t{1} << 20;

Error corrupt(std::string message) { return Error(ErrorCode::kCorrupt, std::move(message)); }
Error unsupported(std::string message) { return Error(ErrorCode::kUnsupported, std::move(message)); }

class Reader {
 public:
  Reader(const File& file, int32_t file_index, TensorTable& table)
      : window_(file), file_size_(file.size()), file_index_(file_index), table_(table) {}

  Result<GgufHeader> run() {
    TUG_TRY(read_magic_and_version());
    const auto tensor_count = TUG_TRY(window_.read<uint64_t>());
    const auto pair_count = TUG_TRY(window_.read<uint64_t>());
    TUG_TRY(window_.expect(pair_count, kPairBytesMin, "metadata values"));
    for (uint64_t i = 0; i < pair_count; ++i) TUG_TRY(read_pair());
    TUG_TRY(read_alignment());
    TUG_TRY(window_.expect(tensor_count, kTensorBytesMin, "tensors"));
    table_.reserve(static_cast<int64_t>(tensor_count));
    const auto first = static_cast<size_t>(table_.size());
    for (uint64_t i = 0; i < tensor_count; ++i) TUG_TRY(read_tensor());
    TUG_TRY(place_tensors(first));
    return GgufHeader{window_.bytes(), std::move(metadata_)};
  }

 private:
  Status read_magic_and_version() {
    const ByteView magic = TUG_TRY(window_.take(4));
    if (std::memcmp(magic.data(), "GGUF", 4) != 0) {
      return corrupt("This is not a GGUF file: its first four bytes are not \"GGUF\".");
    }
    const auto version = TUG_TRY(window_.read<uint32_t>());
    if (version == 2 || version == 3) return {};
    if (version == 1) {
      return unsupported(
          "This is GGUF version 1 of 2023; please convert the model again (versions 2 and 3 are read).");
    }
    if (version != 0 && (version & 0xffff) == 0) {
      return unsupported(
          "This is a big-endian GGUF file; please convert the model again for little-endian machines.");
    }
    return unsupported("This is GGUF version " + std::to_string(version) + "; versions 2 and 3 are read.");
  }

  Result<std::string_view> read_text() {
    const auto size = TUG_TRY(window_.read<uint64_t>());
    const ByteView bytes = TUG_TRY(window_.take(size));
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  Status read_pair() {
    const std::string_view key = TUG_TRY(read_text());
    const auto type = TUG_TRY(window_.read<uint32_t>());
    TUG_TRY(table_.budget().take(1, kMapNodeBytes + static_cast<int64_t>(key.size())));
    Result<GgufValue> value = read_value(static_cast<ValueType>(type));
    if (!value.ok()) return std::move(value).error().in("metadata " + printable(key));
    if (!metadata_.emplace(key, std::move(value).value()).second) {
      return corrupt("The metadata " + printable(key) + " is there twice; each key must be unique.");
    }
    return {};
  }

  Result<GgufValue> read_value(ValueType type) {
    switch (type) {
      case ValueType::kU8: return read_number<uint8_t, int64_t>();
      case ValueType::kI8: return read_number<int8_t, int64_t>();
      case ValueType::kU16: return read_number<uint16_t, int64_t>();
      case ValueType::kI16: return read_number<int16_t, int64_t>();
      case ValueType::kU32: return read_number<uint32_t, int64_t>();
      case ValueType::kI32: return read_number<int32_t, int64_t>();
      case ValueType::kU64: return read_number<uint64_t, int64_t>();
      case ValueType::kI64: return read_number<int64_t, int64_t>();
      case ValueType::kF32: return read_number<float, double>();
      case ValueType::kF64: return read_number<double, double>();
      case ValueType::kBool: return read_number<uint8_t, bool>();
      case ValueType::kText: return GgufValue(TUG_TRY(read_text()));
      case ValueType::kArray: return read_array();
    }
    return unknown_value_type(type);
  }

  Result<GgufValue> read_array() {
    const auto type = static_cast<ValueType>(TUG_TRY(window_.read<uint32_t>()));
    const auto count = TUG_TRY(window_.read<uint64_t>());
    switch (type) {
      case ValueType::kU8: return read_numbers<uint8_t, int64_t>(count);
      case ValueType::kI8: return read_numbers<int8_t, int64_t>(count);
      case ValueType::kU16: return read_numbers<uint16_t, int64_t>(count);
      case ValueType::kI16: return read_numbers<int16_t, int64_t>(count);
      case ValueType::kU32: return read_numbers<uint32_t, int64_t>(count);
      case ValueType::kI32: return read_numbers<int32_t, int64_t>(count);
      case ValueType::kU64: return read_numbers<uint64_t, int64_t>(count);
      case ValueType::kI64: return read_numbers<int64_t, int64_t>(count);
      case ValueType::kF32: return read_numbers<float, double>(count);
      case ValueType::kF64: return read_numbers<double, double>(count);
      case ValueType::kBool: return read_numbers<uint8_t, bool>(count);
      case ValueType::kText: return read_texts(count);
      case ValueType::kArray: return skip_arrays(count, 1);
    }
    return unknown_value_type(type);
  }

  /// Reads over arrays of arrays: no model has them in a key that counts.
  Result<GgufValue> skip_arrays(uint64_t count, int depth) {
    constexpr int kDepthMax = 64;
    if (depth == kDepthMax) return unsupported("Arrays are nested too deeply.");
    TUG_TRY(window_.expect(count, kArrayBytesMin, "arrays"));
    for (uint64_t i = 0; i < count; ++i) {
      const auto type = TUG_TRY(window_.read<uint32_t>());
      const auto size = TUG_TRY(window_.read<uint64_t>());
      if (static_cast<ValueType>(type) == ValueType::kArray) {
        TUG_TRY(skip_arrays(size, depth + 1));
      } else {
        TUG_TRY(skip_values(static_cast<ValueType>(type), size));
      }
    }
    return GgufValue();
  }

  Status skip_values(ValueType type, uint64_t count) {
    constexpr std::array<uint8_t, 13> kBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    if (type == ValueType::kText) {
      TUG_TRY(window_.expect(count, kTextBytesMin, "texts"));
      for (uint64_t i = 0; i < count; ++i) TUG_TRY(read_text());
      return {};
    }
    const auto index = static_cast<size_t>(type);
    if (index >= kBytes.size()) return unknown_value_type(type);
    TUG_TRY(window_.expect(count, kBytes[index], "array elements"));
    TUG_TRY(window_.take(count * kBytes[index]));
    return {};
  }

  static Error unknown_value_type(ValueType type) {
    return corrupt("The value type " + std::to_string(static_cast<uint32_t>(type)) +
                   " is unknown; 0 to 12 exist.");
  }

  /// Whether a stored number is a T. The others are kept as the next wider type: a key that nobody reads does
  /// no harm, and whoever reads one checks it.
  template <class T, class Stored>
  static bool fits(Stored stored) {
    if constexpr (std::is_same_v<T, bool>) return stored <= 1;
    else if constexpr (std::is_same_v<Stored, uint64_t>) return stored <= INT64_MAX;
    else return true;
  }
  template <class T>
  using Wider = std::conditional_t<std::is_same_v<T, bool>, int64_t, double>;

  template <class Stored, class T>
  Result<GgufValue> read_number() {
    const auto stored = TUG_TRY(window_.read<Stored>());
    return fits<T>(stored) ? GgufValue(static_cast<T>(stored)) : GgufValue(static_cast<Wider<T>>(stored));
  }

  template <class Stored, class T>
  Result<GgufValue> read_numbers(uint64_t count) {
    TUG_TRY(window_.expect(count, sizeof(Stored), "array elements"));
    const ByteView bytes = TUG_TRY(window_.take(count * sizeof(Stored)));
    for (size_t i = 0; i < count; ++i) {
      if (!fits<T>(load<Stored>(&bytes[i * sizeof(Stored)]))) return convert<Stored, Wider<T>>(bytes, count);
    }
    return convert<Stored, T>(bytes, count);
  }

  template <class Stored, class T>
  Result<GgufValue> convert(ByteView bytes, uint64_t count) {
    TUG_TRY(table_.budget().take(static_cast<int64_t>(count), sizeof(T)));
    std::vector<T> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(load<Stored>(&bytes[i * sizeof(Stored)]));
    return GgufValue(std::move(values));
  }

  Result<GgufValue> read_texts(uint64_t count) {
    TUG_TRY(window_.expect(count, kTextBytesMin, "texts"));
    TUG_TRY(table_.budget().take(static_cast<int64_t>(count), sizeof(std::string_view)));
    std::vector<std::string_view> texts(count);
    for (std::string_view& text : texts) text = TUG_TRY(read_text());
    return GgufValue(std::move(texts));
  }

  Status read_alignment() {
    constexpr std::string_view kKey = "general.alignment";
    if (!metadata_.contains(kKey)) return {};
    alignment_ = metadata_json(metadata_, kKey).whole().value_or(0);
    if (alignment_ >= kAlignmentMin && alignment_ <= kAlignmentMax &&
        std::has_single_bit(static_cast<uint64_t>(alignment_))) {
      return {};
    }
    return metadata_error(metadata_, kKey, "a power of two from 8 to 1,048,576");
  }

  /// The offset counts from the data's start, which is known only when all tensors are read.
  Status read_tensor() {
    const std::string_view name = TUG_TRY(read_text());
    Result<Tensor> tensor = read_description();
    if (!tensor.ok()) return std::move(tensor).error().in("tensor " + printable(name));
    return table_.add(name, tensor->type, tensor->shape, tensor->bytes);
  }

  Result<Tensor> read_description() {
    Tensor tensor;
    const auto rank = TUG_TRY(window_.read<uint32_t>());
    if (rank < 1 || rank > kRankMax) {
      return corrupt("The number of dimensions is " + std::to_string(rank) + "; 1 to 4 are allowed.");
    }
    tensor.shape.rank = static_cast<int32_t>(rank);
    for (uint32_t i = 0; i < rank; ++i) {
      const auto size = TUG_TRY(window_.read<uint64_t>());
      if (size < 1 || size > INT64_MAX) {
        return corrupt("A dimension has the size " + std::to_string(size) +
                       "; it must be positive and below 2^63.");
      }
      tensor.shape.dims[rank - 1 - i] = static_cast<int64_t>(size);
    }
    const auto type_id = TUG_TRY(window_.read<uint32_t>());
    const auto offset = TUG_TRY(window_.read<uint64_t>());
    const std::optional<Type> type = type_from_gguf(type_id);
    if (!type) {
      return refused_gguf_type(type_id);
    }
    tensor.type = *type;
    if (offset > static_cast<uint64_t>(file_size_)) {
      return corrupt("The data starts at offset " + std::to_string(offset) + ", beyond the end of the file.");
    }
    tensor.bytes = {file_index_, static_cast<int64_t>(offset),
                    TUG_TRY(tensor_bytes(tensor.type, tensor.shape))};
    return tensor;
  }

  Status place_tensors(size_t first) {
    const int64_t data = (window_.position() + alignment_ - 1) / alignment_ * alignment_;
    for (size_t i = first; i < table_.tensors().size(); ++i) {
      Tensor& tensor = table_.tensors()[i];
      if (tensor.bytes.offset % alignment_ != 0) {
        return corrupt("The data offset " + std::to_string(tensor.bytes.offset) +
                       " is not a multiple of the alignment " + std::to_string(alignment_) + ".")
            .in("tensor " + printable(tensor.name));
      }
      tensor.bytes.offset += data;  // cannot overflow: neither is much larger than the file
      int64_t end = 0;
      if (!checked_add(tensor.bytes.offset, tensor.bytes.size, &end) || end > file_size_) {
        return corrupt("The data needs " + std::to_string(tensor.bytes.size) + " bytes at offset " +
                       std::to_string(tensor.bytes.offset) + ", but the file has " +
                       std::to_string(file_size_) + " bytes; it may be incomplete.")
            .in("tensor " + printable(tensor.name));
      }
    }
    return {};
  }

  HeaderWindow window_;
  int64_t file_size_;
  int32_t file_index_;
  TensorTable& table_;
  GgufMetadata metadata_;
  int64_t alignment_ = kAlignmentDefault;
};

}  // namespace

Result<GgufHeader> read_gguf(const File& file, int32_t file_index, TensorTable& table) {
  return Reader(file, file_index, table).run().in("file " + file.name());
}

}  // namespace tug
