#include "files/safetensors_reader.h"

#include <algorithm>

#include "base/json_events.h"
#include "base/printable.h"
#include "base/units.h"

namespace tug {
namespace {

constexpr int64_t kHeaderBytesMax = int64_t{64} << 20;
constexpr int64_t kLengthBytes = 8;
constexpr size_t kNameBytesMax = 4096;

Error corrupt(std::string message) { return Error(ErrorCode::kCorrupt, std::move(message)); }

std::optional<Type> readable_type(std::string_view dtype) {
  for (const Type type : {Type::kF32, Type::kF16, Type::kBF16, Type::kF8_E4M3}) {
    if (type_info(type).name == dtype) return type;
  }
  return std::nullopt;
}

/// A tensor as the header describes it, not checked.
struct Description {
  std::string name;
  std::string dtype;
  Shape shape;
  std::array<int64_t, 2> offsets{};
  bool is_complete = false;  // all fields were there
};

/// Collects the descriptions from the header's JSON and puts the tensors into the table. Of equal keys the
/// last counts, as for all JSON.
class HeaderEvents final : public JsonEvents {
 public:
  HeaderEvents(int64_t data_start, int64_t file_size, int32_t file_index, TensorTable& table)
      : data_start_(data_start), data_size_(file_size - data_start), file_index_(file_index), table_(table) {}

  Status on_begin(bool object) override {
    ++depth_;
    if (in_metadata_) return {};
    if (depth_ <= kTensorDepth) return object ? Status() : wrong_place();
    if (depth_ > kListDepth || object || (field_ != Field::kShape && field_ != Field::kOffsets))
      return wrong_place();
    return {};
  }

  Status on_end(bool) override {
    --depth_;
    if (depth_ == kTensorDepth - 1) {
      if (std::exchange(in_metadata_, false)) return {};
      return keep_description();
    }
    return {};
  }

  Status on_key(std::string_view key) override {
    if (in_metadata_) return {};
    if (depth_ == kTensorDepth - 1) return begin_tensor(key);
    field_ = key == "dtype" ? Field::kDtype : key == "shape" ? Field::kShape : Field::kOffsets;
    if (field_ == Field::kOffsets && key != "data_offsets") return unknown_field(key);
    seen_[static_cast<size_t>(field_)] = true;
    if (field_ == Field::kShape) shape_ = {};
    if (field_ == Field::kOffsets) offset_count_ = 0;
    return {};
  }

  Status on_string(std::string_view value) override {
    if (is_skipped()) return {};
    if (depth_ != kTensorDepth || field_ != Field::kDtype) return wrong_place();
    dtype_ = printable(value);
    return {};
  }

  Status on_integer(int64_t value) override {
    if (is_skipped()) return {};
    if (depth_ != kListDepth) return wrong_place();
    if (value < 0) return corrupt("The tensor " + printable(name_) + " has a negative size or offset.");
    if (field_ == Field::kShape) return add_dimension(value);
    if (offset_count_ == offsets_.size()) return wrong_place();
    offsets_[offset_count_++] = value;
    return {};
  }

  Status on_other() override { return is_skipped() ? Status() : wrong_place(); }

  /// Adds the tensors. The data must be used without holes and overlaps, so that no byte is two tensors'.
  Status finish() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Description& a, const Description& b) { return a.name < b.name; });
    for (size_t i = 0; i < found_.size(); ++i) {
      if (i + 1 < found_.size() && found_[i].name == found_[i + 1].name) continue;
      TUG_TRY(add_tensor(found_[i]).in("tensor " + printable(found_[i].name)));
    }
    return check_layout();
  }

 private:
  enum class Field { kDtype, kShape, kOffsets };
  static constexpr int kTensorDepth = 2;
  static constexpr int kListDepth = 3;

  Status check_layout() {
    std::sort(ranges_.begin(), ranges_.end());
    int64_t end = 0;
    for (const auto& [begin, range_end] : ranges_) {
      if (begin != end)
        return corrupt("The tensors overlap or leave a hole at data offset " + std::to_string(begin) + ".");
      end = range_end;
    }
    if (end == data_size_) return {};
    return corrupt("The tensors take " + std::to_string(end) + " bytes, but the file has " +
                   std::to_string(data_size_) + " bytes of data.");
  }

  bool is_skipped() const { return in_metadata_ && depth_ >= kTensorDepth; }

  Status wrong_place() const {
    return corrupt(
        "The header does not describe tensors as {\"dtype\", \"shape\", \"data_offsets\"}; it goes wrong at "
        "\"" +
        printable(name_) + "\".");
  }

  Status unknown_field(std::string_view key) const {
    return corrupt("The tensor " + printable(name_) + " has the unknown field \"" + printable(key) + "\".");
  }

  Status begin_tensor(std::string_view name) {
    if (name.size() > kNameBytesMax) return corrupt("The name " + printable(name) + " is longer than 4 KiB.");
    in_metadata_ = name == "__metadata__";
    name_ = name;
    seen_ = {};
    shape_ = {};
    offset_count_ = 0;
    return {};
  }

  Status add_dimension(int64_t size) {
    if (shape_.rank == Shape::kRankMax) {
      return Error(ErrorCode::kUnsupported, "The tensor " + printable(name_) + " has more than " +
                                                std::to_string(Shape::kRankMax) + " dimensions.");
    }
    shape_.dims[static_cast<size_t>(shape_.rank++)] = size;
    return {};
  }

  Status keep_description() {
    TUG_TRY(budget_.take(1, static_cast<int64_t>(sizeof(Description) + name_.size())));
    const bool is_complete = seen_[0] && seen_[1] && seen_[2] && offset_count_ == offsets_.size();
    found_.push_back({name_, dtype_, shape_, offsets_, is_complete});
    return {};
  }

  Status add_tensor(const Description& found) {
    if (!found.is_complete) {
      return corrupt("A tensor needs \"dtype\", \"shape\" and \"data_offsets\" of two numbers.");
    }
    const auto [begin, end] = found.offsets;
    if (begin > end || end > data_size_) {
      return corrupt("The data offsets [" + std::to_string(begin) + ", " + std::to_string(end) +
                     "] do not lie in the " + std::to_string(data_size_) +
                     " bytes of data; the file may be incomplete.");
    }
    TUG_TRY(table_.budget().take(1, sizeof(ranges_[0])));
    ranges_.emplace_back(begin, end);
    const std::optional<Type> type = readable_type(found.dtype);
    if (!type) return table_.add_unreadable(found.name, found.dtype);
    const int64_t size = TUG_TRY(tensor_bytes(*type, found.shape));
    if (size != end - begin) {
      return corrupt(found.dtype + " " + found.shape.text() + " takes " + std::to_string(size) +
                     " bytes, but the data offsets hold " + std::to_string(end - begin) + ".");
    }
    return table_.add(found.name, *type, found.shape, {file_index_, data_start_ + begin, size});
  }

  int64_t data_start_;
  int64_t data_size_;
  int32_t file_index_;
  TensorTable& table_;
  MemoryBudget budget_;  // of what is kept until the header is read
  std::vector<Description> found_;
  std::vector<std::pair<int64_t, int64_t>> ranges_;

  int depth_ = 0;
  bool in_metadata_ = false;
  // The tensor at hand.
  std::string name_;
  std::string dtype_;
  Shape shape_;
  std::array<int64_t, 2> offsets_{};
  size_t offset_count_ = 0;
  std::array<bool, 3> seen_{};
  Field field_ = Field::kDtype;
};

Result<int64_t> read_header_size(const File& file) {
  std::array<std::byte, kLengthBytes> bytes;
  TUG_TRY(file.read(0, bytes));
  const auto size = load<uint64_t>(bytes.data());
  const int64_t room = file.size() - kLengthBytes;
  if (size > static_cast<uint64_t>(room)) {
    return corrupt("The header should have " + std::to_string(size) + " bytes, but the file has only " +
                   std::to_string(room) + " more; it is incomplete or not a safetensors file.");
  }
  if (size > static_cast<uint64_t>(kHeaderBytesMax)) {
    return Error(ErrorCode::kUnsupported, "The header is larger than " + format_size(kHeaderBytesMax) +
                                              ", the most that Tugboat reads.");
  }
  return static_cast<int64_t>(size);
}

Status read_header(const File& file, int32_t file_index, TensorTable& table) {
  const auto size = static_cast<size_t>(TUG_TRY(read_header_size(file)));
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
  const MutableByteView header(buffer.get(), size);
  TUG_TRY(file.read(kLengthBytes, header));
  table.reserve(std::count(header.begin(), header.end(), std::byte{'{'}));  // at most one tensor each
  HeaderEvents events(kLengthBytes + static_cast<int64_t>(size), file.size(), file_index, table);
  TUG_TRY(scan_json(header, events));
  return events.finish();
}

}  // namespace

Status read_safetensors(const File& file, int32_t file_index, TensorTable& table) {
  return read_header(file, file_index, table).in("file " + file.name());
}

}  // namespace tug
