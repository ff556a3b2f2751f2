#include "backends/cpu/kv_cache.h"

#include <algorithm>
#include <vector>

namespace tug::cpu {

KvCache::KvCache(const Attention& attention, int64_t capacity)
    : heads_(attention.kv_heads),
      dim_(attention.head_dim),
      capacity_(capacity),
      span_(std::min(kPartition, (capacity + 15) / 16 * 16)) {}

int64_t KvCache::bytes(const Attention& attention, int64_t capacity) {
  const KvCache shape(attention, capacity);
  const int64_t partitions = (capacity + kPartition - 1) / kPartition;
  return partitions * shape.heads_ * shape.part_floats() * static_cast<int64_t>(sizeof(float));
}

Result<std::unique_ptr<BlockState>> KvCache::make(const Attention& attention, int64_t capacity) {
  std::unique_ptr<KvCache> cache(new KvCache(attention, capacity));
  cache->arena_ = TUG_TRY(Arena::allocate(bytes(attention, capacity)));
  return std::unique_ptr<BlockState>(std::move(cache));
}

void KvCache::write(int64_t position, int64_t head, const float* key, const float* value) {
  const int64_t at = position % kPartition;
  float* keys = part(position / kPartition, head) + at / 16 * 16 * dim_ + at % 16;
  float* values = part(position / kPartition, head) + span_ * dim_ + at * 16;
  for (int64_t i = 0; i < dim_; ++i) keys[i * 16] = key[i];
  for (int64_t i = 0; i < dim_; ++i) values[i / 16 * span_ * 16 + i % 16] = value[i];
}

void KvCache::save(int64_t positions, ByteWriter& to) const {
  std::vector<float> row(static_cast<size_t>(2 * dim_));
  for (int64_t position = 0; position < positions; ++position) {
    for (int64_t head = 0; head < heads_; ++head) {
      const int64_t at = position % kPartition, partition = position / kPartition;
      const float* key = keys(partition, head) + at / 16 * 16 * dim_ + at % 16;
      const float* value = values(partition, head) + at * 16;
      for (int64_t i = 0; i < dim_; ++i) row[static_cast<size_t>(i)] = key[i * 16];
      for (int64_t i = 0; i < dim_; ++i)
        row[static_cast<size_t>(dim_ + i)] = value[i / 16 * span_ * 16 + i % 16];
      to.append(row.data(), row.size() * sizeof(float));
    }
  }
}

Status KvCache::restore(int64_t positions, ByteReader& from) {
  if (positions > capacity_) {
    return Error(ErrorCode::kCorrupt, "The saved keys and values have " + std::to_string(positions) +
                                          " positions, the sequence has room for " +
                                          std::to_string(capacity_) + ".");
  }
  std::vector<float> row(static_cast<size_t>(2 * dim_));
  for (int64_t position = 0; position < positions; ++position) {
    for (int64_t head = 0; head < heads_; ++head) {
      const ByteView bytes = TUG_TRY(from.take(row.size() * sizeof(float)));
      std::memcpy(row.data(), bytes.data(), bytes.size());
      write(position, head, row.data(), row.data() + dim_);
    }
  }
  return {};
}

}  // namespace tug::cpu
