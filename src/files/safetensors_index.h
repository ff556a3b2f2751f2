// model.safetensors.index.json: which shard holds which tensor.
#pragma once

#include <string>
#include <vector>

#include "files/tensor_table.h"

namespace tug {

struct ShardIndex {
  std::vector<std::string> shards;  // sorted
  int64_t tensor_count = 0;
};

/// The shards that the index names. Errors: kCorrupt, also for names that lead out of the directory.
Result<ShardIndex> read_shard_index(ByteView json);

/// Whether every tensor is in the shard that the index promises. `table` is finished and its files are
/// numbered like `shards`. Errors: kCorrupt.
Status check_shard_index(ByteView json, const std::vector<std::string>& shards, const TensorTable& table);

}  // namespace tug
