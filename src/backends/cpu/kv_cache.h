// Keys and values of one attention block for one sequence, in float32.
//
// Positions are cut into partitions of 1,024. For every partition and key/value head, one after the other:
//   keys    [positions / 16][D][16]    panels of 16 positions: scores of 16 keys are one panel product
//   values  [D / 16][positions][16]    panels of 16 dimensions: weighted sums of values are one, too
// A partition grows with the sequence; memory that has not been reached is never touched.
#pragma once

#include "plan/plan.h"
#include "platform/memory.h"
#include "state/sequence.h"

namespace tug::cpu {

/// Keys that one online softmax covers; partitions are merged in order.
inline constexpr int64_t kPartition = 1024;

class KvCache : public BlockState {
 public:
  static Result<std::unique_ptr<BlockState>> make(const Attention& attention, int64_t capacity);
  static int64_t bytes(const Attention& attention, int64_t capacity);

  /// key, value [D] of a position; the key rotated already.
  void write(int64_t position, int64_t head, const float* key, const float* value);

  /// Panels of a partition; a key panel has D * 16 floats, a value panel span() * 16.
  const float* keys(int64_t partition, int64_t head) const { return part(partition, head); }
  const float* values(int64_t partition, int64_t head) const { return part(partition, head) + span_ * dim_; }
  int64_t span() const { return span_; }

  // Bytes: for every position and head the key, then the value.
  void save(int64_t positions, ByteWriter& to) const override;
  Status restore(int64_t positions, ByteReader& from) override;

 private:
  KvCache(const Attention& attention, int64_t capacity);
  float* part(int64_t partition, int64_t head) const {
    return reinterpret_cast<float*>(arena_.data()) + (partition * heads_ + head) * part_floats();
  }
  int64_t part_floats() const { return span_ * (dim_ + (dim_ + 15) / 16 * 16); }

  int64_t heads_, dim_, capacity_;
  int64_t span_;  // positions of a partition: all of a short capacity, rounded up to 16
  Arena arena_;
};

}  // namespace tug::cpu
