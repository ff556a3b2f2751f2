// A GGUF model in one file or in many.
#include "files/gguf_split.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "files/checkpoint_builder.h"
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

int64_t part_count(const GgufMetadata& metadata) { return find_integer(metadata, "split.count").value_or(1); }

/// The name of the part that `metadata` was read from; says how it should be named when it is not.
Result<GgufPartName> part_name(const std::string& file, const GgufMetadata& metadata) {
  const int64_t number = find_integer(metadata, "split.no").value_or(0) + 1;
  const int64_t count = part_count(metadata);
  const std::optional<GgufPartName> name = parse_gguf_part_name(file);
  if (name && name->number == number && name->count == count) return *name;
  return corrupt("This is part " + std::to_string(number) + " of " + std::to_string(count) +
                 " of a split model, but its name does not end in " +
                 GgufPartName{"", number, count}.of(number) +
                 ", so the other parts cannot be found; please give all parts their original names.");
}

Status check_part(const GgufMetadata& metadata, int64_t number, int64_t count) {
  if (part_count(metadata) == count && find_integer(metadata, "split.no") == number - 1) return {};
  return corrupt("This should be part " + std::to_string(number) + " of " + std::to_string(count) +
                 ", but it says that it is part " +
                 std::to_string(find_integer(metadata, "split.no").value_or(0) + 1) + " of " +
                 std::to_string(part_count(metadata)) + "; parts of different models may be mixed up.");
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
    TUG_TRY(check_part(header.metadata, number, name.count).in("file " + files.back().name()));
    if (number == 1) first = std::move(header);
  }
  const int64_t promised = find_integer(first.metadata, "split.tensors.count").value_or(table.size());
  if (promised == table.size()) return first;
  return corrupt("The parts of " + set.path_of(name.of(1)) + " should hold " + std::to_string(promised) +
                 " tensors together, but hold " + std::to_string(table.size()) + ".");
}

}  // namespace

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
  if (part_count(header.metadata) != 1) {
    const GgufPartName name = TUG_TRY(part_name(file, header.metadata).in("file " + set.path_of(file)));
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
