#include "files/safetensors_index.h"

#include <algorithm>
#include <map>
#include <optional>

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
    if (is_no_map_) return wrong();
    if (entries_.empty()) return corrupt("The index names no file.");
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.tensor < b.tensor; });
    size_t kept = 0;  // in place: there may be hundreds of thousands
    for (size_t i = 0; i < entries_.size(); ++i) {
      const bool is_last = i + 1 == entries_.size() || entries_[i].tensor != entries_[i + 1].tensor;
      if (!is_last) continue;
      if (entries_[i].shard == kBroken) return *problem_;
      if (kept != i) entries_[kept] = std::move(entries_[i]);
      ++kept;
    }
    entries_.erase(entries_.begin() + static_cast<int64_t>(kept), entries_.end());
    ShardIndex index;
    index.entries = std::move(entries_);
    number_shards(index);
    return index;
  }

  Status on_begin(bool object) override {
    if (++depth_ == 1 && !object) return wrong();
    if (in_map() && !object) is_no_map_ = true;
    if (depth_ == kMapDepth + 1 && map_is_next_) return add_broken(wrong());
    return {};
  }
  Status on_end(bool) override {
    --depth_;
    return {};
  }
  Status on_key(std::string_view key) override {
    if (depth_ == 1) {
      map_is_next_ = key == "weight_map";
      found_ |= map_is_next_;
      if (map_is_next_) entries_.clear(), is_no_map_ = false, problem_.reset();
    }
    if (in_map()) tensor_ = key;
    return {};
  }
  Status on_string(std::string_view value) override { return in_map() ? add(value) : on_other(); }
  Status on_integer(int64_t) override { return on_other(); }
  Status on_other() override {
    if (depth_ == 0) return wrong();
    if (in_map()) return add_broken(wrong());
    if (depth_ == 1 && map_is_next_) is_no_map_ = true;
    return {};
  }

 private:
  static constexpr int kMapDepth = 2;
  static constexpr int32_t kBroken = -1;
  bool in_map() const { return depth_ == kMapDepth && map_is_next_ && !is_no_map_; }
  static Error wrong() { return corrupt("\"weight_map\" must be an object of tensor names and file names."); }

  using Entry = ShardIndex::Entry;

  Status add(std::string_view shard) {
    constexpr size_t kShardsMax = 10'000;
    auto known = shards_.find(shard);
    if (known == shards_.end()) {
      if (shards_.size() == kShardsMax) return corrupt("The index names more than 10,000 files.");
      if (const Status named = check_shard_name(shard); !named.ok()) return add_broken(named.error());
      known = shards_.emplace(shard, static_cast<int32_t>(shards_.size())).first;
    }
    return add_entry(known->second);
  }
  /// It only counts if the same name does not come again, as in Python.
  Status add_broken(Error error) {
    if (!problem_) problem_ = std::move(error);
    return add_entry(kBroken);
  }
  Status add_entry(int32_t shard) {
    constexpr int64_t kAllocationBytes = 16;
    TUG_TRY(budget_.take(1, static_cast<int64_t>(sizeof(Entry) + tensor_.size()) + kAllocationBytes));
    entries_.push_back({tensor_, shard});
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
  bool map_is_next_ = false;                // the last key of the root was "weight_map"
  bool found_ = false, is_no_map_ = false;  // is_no_map_: of the last weight_map
  std::optional<Error> problem_;            // the first broken entry of the map
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
