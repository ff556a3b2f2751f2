#include "files/safetensors_index.h"

#include <algorithm>
#include <map>

#include "base/json_events.h"
#include "base/printable.h"

namespace tug {
namespace {

Error corrupt(std::string message) { return Error(ErrorCode::kCorrupt, std::move(message)); }

Status check_shard_name(std::string_view shard) {
  if (shard.ends_with(".safetensors") && shard.find_first_of("/\\") == std::string_view::npos) return {};
  return corrupt("The index names the file \"" + printable(shard) +
                 "\"; names of safetensors files without a directory are expected.");
}

/// Collects the pairs of the object "weight_map" at the root.
class IndexEvents final : public JsonEvents {
 public:
  /// The entries of the last map, each tensor once, in the shard named last. Errors: there is no map.
  Result<ShardIndex> finish() {
    if (!found_) return corrupt("The index has no \"weight_map\".");
    if (entries_.empty()) return corrupt("The index names no file.");
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.tensor < b.tensor; });
    ShardIndex index;
    for (size_t i = 0; i < entries_.size(); ++i) {
      const bool is_last = i + 1 == entries_.size() || entries_[i].tensor != entries_[i + 1].tensor;
      if (is_last) index.entries.push_back(std::move(entries_[i]));
    }
    number_shards(index);
    return index;
  }

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
    if (depth_ == 1) {
      map_is_next_ = key == "weight_map";
      found_ |= map_is_next_;
      if (map_is_next_) entries_.clear();
    }
    if (in_map()) tensor_ = key;
    return {};
  }
  Status on_string(std::string_view value) override {
    if (in_map()) return add(value);
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

  using Entry = ShardIndex::Entry;

  Status add(std::string_view shard) {
    constexpr size_t kShardsMax = 10'000;
    constexpr int64_t kAllocationBytes = 16;
    auto known = shards_.find(shard);
    if (known == shards_.end()) {
      if (shards_.size() == kShardsMax) return corrupt("The index names more than 10,000 files.");
      TUG_TRY(check_shard_name(shard));
      known = shards_.emplace(shard, static_cast<int32_t>(shards_.size())).first;
    }
    TUG_TRY(budget_.take(1, static_cast<int64_t>(sizeof(Entry) + tensor_.size()) + kAllocationBytes));
    entries_.push_back({tensor_, known->second});
    return {};
  }

  /// Keeps the shards that an entry is in, and numbers them in their order.
  void number_shards(ShardIndex& index) const {
    constexpr int32_t kUnused = -1;
    std::vector<int32_t> numbers(shards_.size(), kUnused);
    for (const Entry& entry : index.entries) numbers[static_cast<size_t>(entry.shard)] = 0;
    for (const auto& [name, old_number] : shards_) {
      int32_t& number = numbers[static_cast<size_t>(old_number)];
      if (number == kUnused) continue;
      number = static_cast<int32_t>(index.shards.size());
      index.shards.push_back(name);
    }
    for (Entry& entry : index.entries) entry.shard = numbers[static_cast<size_t>(entry.shard)];
  }

  std::vector<Entry> entries_;
  std::map<std::string, int32_t, std::less<>> shards_;  // numbered as they come
  MemoryBudget budget_;
  int depth_ = 0;
  bool map_is_next_ = false;  // the last key of the root was "weight_map"
  bool found_ = false;
  std::string tensor_;
};

}  // namespace

Result<ShardIndex> read_shard_index(ByteView json) {
  IndexEvents events;
  TUG_TRY(scan_json(json, events));
  return events.finish();
}

Status check_shard_index(const ShardIndex& index, const TensorTable& table) {
  for (const auto& [name, shard] : index.entries) {
    const Tensor* tensor = table.find(name);
    if (tensor != nullptr && tensor->bytes.file == shard) continue;
    if (tensor == nullptr && table.has_unreadable(name)) continue;
    return corrupt("The index promises the tensor " + printable(name) + " in " +
                   printable(index.shards[static_cast<size_t>(shard)]) +
                   ", but it is not there; files of different models may be mixed up.");
  }
  return {};
}

}  // namespace tug
