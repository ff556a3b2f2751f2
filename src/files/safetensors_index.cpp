#include "files/safetensors_index.h"

#include <algorithm>
#include <set>

#include "base/function_ref.h"
#include "base/json_events.h"
#include "base/printable.h"

namespace tug {
namespace {

using OnEntry = FunctionRef<Status(std::string_view tensor, std::string_view shard)>;

Error corrupt(std::string message) { return Error(ErrorCode::kCorrupt, std::move(message)); }

/// Reports the pairs of the object "weight_map" at the root.
class IndexEvents final : public JsonEvents {
 public:
  explicit IndexEvents(OnEntry on_entry) : on_entry_(on_entry) {}
  bool found() const { return found_; }

  Status on_begin(bool object) override {
    if (++depth_ == 1 && !object) return wrong();
    if (in_map() && !object) return wrong();
    return depth_ > kMapDepth && map_is_next_ ? wrong() : Status();
  }
  Status on_end(bool) override {
    --depth_;
    return {};
  }
  Status on_key(std::string_view key) override {
    if (depth_ == 1) found_ |= map_is_next_ = key == "weight_map";
    if (in_map()) tensor_ = key;
    return {};
  }
  Status on_string(std::string_view value) override {
    if (in_map()) return on_entry_(tensor_, value);
    return on_other();
  }
  Status on_integer(int64_t) override { return on_other(); }
  Status on_other() override { return map_is_next_ || depth_ == 0 ? wrong() : Status(); }

 private:
  static constexpr int kMapDepth = 2;
  bool in_map() const { return depth_ == kMapDepth && map_is_next_; }
  static Status wrong() {
    return corrupt("\"weight_map\" must be an object of tensor names and file names.");
  }

  OnEntry on_entry_;
  int depth_ = 0;
  bool map_is_next_ = false;  // the last key of the root was "weight_map"
  bool found_ = false;
  std::string tensor_;
};

Status for_each_entry(ByteView json, OnEntry on_entry) {
  IndexEvents events(on_entry);
  TUG_TRY(scan_json(json, events));
  return events.found() ? Status() : corrupt("The index has no \"weight_map\".");
}

Status check_shard_name(std::string_view shard) {
  if (shard.ends_with(".safetensors") && shard.find_first_of("/\\") == std::string_view::npos) return {};
  return corrupt("The index names the file \"" + printable(shard) +
                 "\"; names of safetensors files without a directory are expected.");
}

}  // namespace

Result<ShardIndex> read_shard_index(ByteView json) {
  constexpr size_t kShardsMax = 10'000;
  std::set<std::string, std::less<>> shards;
  ShardIndex index;
  TUG_TRY(for_each_entry(json, [&](std::string_view, std::string_view shard) -> Status {
    ++index.tensor_count;
    if (shards.contains(shard)) return {};
    if (shards.size() == kShardsMax) return corrupt("The index names more than 10,000 files.");
    TUG_TRY(check_shard_name(shard));
    shards.emplace(shard);
    return {};
  }));
  if (shards.empty()) return corrupt("The index names no file.");
  index.shards.assign(shards.begin(), shards.end());
  return index;
}

Status check_shard_index(ByteView json, const std::vector<std::string>& shards, const TensorTable& table) {
  return for_each_entry(json, [&](std::string_view name, std::string_view shard) -> Status {
    const Tensor* tensor = table.find(name);
    if (tensor != nullptr && shards[static_cast<size_t>(tensor->bytes.file)] == shard) return {};
    if (tensor == nullptr && table.has_unreadable(name)) return {};
    return corrupt("The index promises the tensor " + printable(name) + " in " + printable(shard) +
                   ", but it is not there; files of different models may be mixed up.");
  });
}

}  // namespace tug
