// model.safetensors.index.json: which shard holds which tensor.
#pragma once

#include <string>
#include <vector>

#include "files/tensor_table.h"

namespace tug {

struct ShardIndex {
  struct Entry {
    std::string tensor;
    int32_t shard = 0;  // in `shards`
  };
  std::vector<Entry> entries;       // sorted by tensor
  std::vector<std::string> shards;  // sorted
};

/// What the index says; of equal keys the last counts. Errors: kCorrupt, also for names that lead out of the
/// directory; kUnsupported for more than a checkpoint may hold.
Result<ShardIndex> read_shard_index(ByteView json);

/// Whether every tensor is in the shard that the index promises. `table` is finished and its files are
/// numbered like the shards. Errors: kCorrupt.
Status check_shard_index(const ShardIndex& index, const TensorTable& table);

}  // namespace tug
