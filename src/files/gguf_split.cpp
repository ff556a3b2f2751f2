// A GGUF model in one file or in many.
#include "files/gguf_split.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "files/checkpoint_builder.h"
#include "files/gguf_metadata.h"
#include "files/gguf_reader.h"

namespace tug {
namespace {

constexpr size_t kDigits = 5;
constexpr std::string_view kOf = "-of-";
constexpr std::string_view kSuffix = ".gguf";

std::string five_digits(int64_t number) {
  std::string digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits;
}

std::optional<int64_t> parse_five_digits(std::string_view text) {
  int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

Error corrupt(std::string message) { return Error(ErrorCode::kCorrupt, std::move(message)); }

struct Place {
  int64_t number = 1, count = 1;
};

/// Which part of how many a file says that it is.
Result<Place> place_of(const GgufMetadata& metadata) {
  constexpr int64_t kPartsMax = 99'999;
  const int64_t count = TUG_TRY(find_integer(metadata, "split.count", 0, kPartsMax)).value_or(1);
  const int64_t number = TUG_TRY(find_integer(metadata, "split.no", 0, kPartsMax)).value_or(0);
  return Place{number + 1, count};
}

/// The name of the part at `place`; says how it should be named when it is not.
Result<GgufPartName> part_name(const std::string& file, Place place) {
  const auto [number, count] = place;
  const std::optional<GgufPartName> name = parse_gguf_part_name(file);
  if (name && name->number == number && name->count == count) return *name;
  return corrupt("This is part " + std::to_string(number) + " of " + std::to_string(count) +
                 " of a split model, but its name does not end in " +
                 GgufPartName{"", number, count}.of(number) +
                 ", so the other parts cannot be found; please give all parts their original names.");
}

Status check_part(Place place, int64_t number, int64_t count) {
  if (place.count == count && place.number == number) return {};
  return corrupt("This should be part " + std::to_string(number) + " of " + std::to_string(count) +
                 ", but it says that it is part " + std::to_string(place.number) + " of " +
                 std::to_string(place.count) + "; parts of different models may be mixed up.");
}

Result<File> open_part(const FileSet& set, const GgufPartName& name, int64_t number) {
  const std::string file = name.of(number);
  if (set.has(file)) return set.open(file);
  return Error(ErrorCode::kNotFound, "Part " + std::to_string(number) + " of " + std::to_string(name.count) +
                                         " of the model is missing: " + set.path_of(file) +
                                         " does not exist.");
}

/// Reads all parts; the first one's header is the model's.
Result<GgufHeader> read_parts(const FileSet& set, const GgufPartName& name, std::vector<File>& files,
                              TensorTable& table) {
  GgufHeader first;
  for (int64_t number = 1; number <= name.count; ++number) {
    files.push_back(TUG_TRY(open_part(set, name, number)));
    GgufHeader header = TUG_TRY(read_gguf(files.back(), static_cast<int32_t>(number - 1), table));
    const std::string context = "file " + files.back().name();
    TUG_TRY(check_part(TUG_TRY(place_of(header.metadata).in(context)), number, name.count).in(context));
    if (number == 1) first = std::move(header);
  }
  const int64_t promised =
      TUG_TRY(find_integer(first.metadata, "split.tensors.count", 0, INT64_MAX)).value_or(table.size());
  if (promised == table.size()) return first;
  return corrupt("The parts of " + set.path_of(name.of(1)) + " should hold " + std::to_string(promised) +
                 " tensors together, but hold " + std::to_string(table.size()) + ".");
}

/// A GGUF file need not be a model.
Status check_kind(const GgufMetadata& metadata) {
  const std::string_view kind = gguf_companion(metadata);
  if (kind.empty()) return {};
  return Error(ErrorCode::kUnsupported, "This file is " + std::string(kind) +
                                            ", not a language model; please give the model's own GGUF file.");
}

}  // namespace

std::string_view gguf_companion(const GgufMetadata& metadata) {
  const auto text = [&](std::string_view key) {
    const Result<std::string_view> found = find_value<std::string_view>(metadata, key, "a text");
    return found.ok() ? found.value() : std::string_view();
  };
  const std::string_view type = text("general.type");
  if (text("general.architecture") == "clip" || type == "mmproj" || type == "clip-vision")
    return "the vision or audio part (mmproj) of a model";
  if (type == "adapter") return "a LoRA adapter";
  if (type == "imatrix" || text("general.architecture") == "imatrix") return "an importance matrix";
  return "";
}

std::string GgufPartName::of(int64_t part_number) const {
  return base + "-" + five_digits(part_number) + std::string(kOf) + five_digits(count) + std::string(kSuffix);
}

std::optional<GgufPartName> parse_gguf_part_name(const std::string& file) {
  constexpr size_t kTail = 1 + kDigits + kOf.size() + kDigits + kSuffix.size();
  if (file.size() < kTail) return std::nullopt;
  const std::string_view tail = std::string_view(file).substr(file.size() - kTail);
  const std::optional<int64_t> number = parse_five_digits(tail.substr(1, kDigits));
  const std::optional<int64_t> count = parse_five_digits(tail.substr(1 + kDigits + kOf.size(), kDigits));
  if (!number || !count) return std::nullopt;
  GgufPartName name{file.substr(0, file.size() - kTail), *number, *count};
  return name.of(*number) == file ? std::optional(name) : std::nullopt;
}

Result<Checkpoint> CheckpointBuilder::open_gguf(const FileSet& set, const std::string& file) {
  Checkpoint checkpoint;
  checkpoint.format_ = CheckpointFormat::kGguf;
  TensorTable table;
  checkpoint.files_.push_back(TUG_TRY(set.open(file)));
  GgufHeader header = TUG_TRY(read_gguf(checkpoint.files_[0], 0, table));
  std::string base = file;
  const std::string context = "file " + set.path_of(file);
  TUG_TRY(check_kind(header.metadata).in(context));
  const Place place = TUG_TRY(place_of(header.metadata).in(context));
  // A count of 0 is what llama-quantize leaves in a whole file.
  const bool is_whole = place.count == 1 || (place.count == 0 && !parse_gguf_part_name(file));
  if (!is_whole) {
    const GgufPartName name = TUG_TRY(part_name(file, place).in(context));
    base = name.base;
    checkpoint.files_.clear();
    table = {};
    header = {};
    header = TUG_TRY(read_parts(set, name, checkpoint.files_, table));
  }
  if (base.ends_with(kSuffix)) base.resize(base.size() - kSuffix.size());
  checkpoint.name_ = base;
  checkpoint.header_ = std::move(header.bytes);
  checkpoint.metadata_ = std::move(header.metadata);
  TUG_TRY(table.finish().in("model " + set.path_of(file)));
  keep(table, checkpoint);
  return checkpoint;
}

}  // namespace tug
