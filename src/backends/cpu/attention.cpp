// Causal softmax attention, plain or gated (transformers `Qwen3MoeAttention`, `Qwen3NextAttention`).
//
// Queries of a few neighbouring rows and of all heads that share a key/value head form a tile: they meet each
// panel of keys together. A partition's softmax is computed at once; partitions merge in order. So the sums
// of a row follow from its position alone, whoever shares the tile and however many threads share the work.
#include <array>
#include <cstring>

#include "backends/cpu/blocks.h"
#include "backends/cpu/kv_pages.h"
#include "backends/cpu/unit_parts.h"
#include "base/exact_math.h"

namespace tug::cpu {
namespace {

/// Keys that one softmax covers; partitions are merged in order.
constexpr int64_t kPartition = 1024;
static_assert(kPartition % kPageTokens == 0);
/// Floats from one query's scores to the next: a power of two would put them all into the same places of a
/// cache.
constexpr int64_t kScoreStride = kPartition + kLanes;
constexpr int64_t kPairKeys = 2 * kLanes;    // two panels of keys, of one page
constexpr int64_t kQueries = 32;             // of a tile, at most; a tile has at least one row
constexpr int64_t kPartialFloats = 4 << 20;  // of partitions that are computed in parallel, at most
constexpr int64_t kTasksPerThread = 4;       // are enough without cutting them at partitions

int64_t round_up_16(int64_t n) { return (n + 15) / 16 * 16; }

/// Neighbouring rows of one sequence.
struct Tile {
  const Sequence* sequence;
  int64_t first_row, rows, position;  // position of the first row
};

/// Sums of some partitions: softmax and values, per query.
struct Partial {
  SoftmaxSum* softmax;  // [queries]
  float* values;        // [queries, D rounded up to 16]
};

struct Shape {
  explicit Shape(const Attention& attention)
      : group(attention.heads / attention.kv_heads),
        tile_rows(std::max<int64_t>(1, kQueries / group)),
        queries(tile_rows * group),
        width(round_up_16(attention.head_dim)) {}
  int64_t group;      // query heads of a key/value head
  int64_t tile_rows;  // rows of a tile, at most
  int64_t queries;    // tile_rows * group
  int64_t width;      // floats of a query's values

  int64_t partial_floats() const { return queries * (width + 2); }
  Partial partial(float* memory) const {
    return {reinterpret_cast<SoftmaxSum*>(memory + queries * width), memory};
  }
};

struct ThreadBuffers {
  float* scores;  // [queries, kScoreStride]
  float *cosines, *sines;
  float *sum, *part;  // partials
};

struct Buffers {
  Buffers(Bump& bump, const Attention& attention, const BlockConstants& constants, int64_t rows,
          int64_t hidden, int threads)
      : kv(constants.kv),
        normed(bump, rows, hidden),
        q(bump.take<float>(rows * attention.q.weight.rows)),
        k(bump.take<float>(rows * attention.k.weight.rows)),
        v(bump.take<float>(rows * attention.v.weight.rows)),
        queries(bump.take<float>(rows * attention.heads * kv.padded_dim())),
        codes(bump, kv.takes_codes() ? rows * attention.heads : 0, kv.padded_dim(), 32),
        out(bump, rows, attention.heads * attention.head_dim),
        tiles(bump.take<Tile>(rows)),
        partials(bump.take<float>(constants.partial_floats)),
        threads_(bump.take<ThreadBuffers>(threads)) {
    const Shape shape(attention);
    for (int t = 0; t < threads; ++t) {
      const ThreadBuffers buffers = {
          bump.take<float>(shape.queries * kScoreStride), bump.take<float>(attention.rope.dims),
          bump.take<float>(attention.rope.dims), bump.take<float>(shape.partial_floats()),
          bump.take<float>(shape.partial_floats())};
      if (threads_) threads_[t] = buffers;
    }
  }
  const ThreadBuffers& of(int thread) const { return threads_[thread]; }

  /// Query `index` of [rows, heads]: rotated and scaled, zeros behind D.
  float* query(int64_t index) const { return queries + index * kv.padded_dim(); }

  KvLayout kv;
  Activations normed;
  float *q, *k, *v;
  float* queries;  // [rows, heads, padded D]
  CodeRows codes;  // theirs, when the keys are codes
  Activations out;
  Tile* tiles;
  float* partials;

 private:
  ThreadBuffers* threads_;
};

/// One attention block in one step.
struct Step {
  const Cpu& cpu;
  const Attention& attention;
  const BlockConstants& constants;
  std::span<const Row> rows;
  const Buffers& buffers;
  Shape shape;
};

/// Norm and rotation of a row's heads; keys and values go to the cache.
void finish_projections(const Step& s, int64_t r, const ThreadBuffers& mine) {
  const Attention& a = s.attention;
  const Row& row = s.rows[static_cast<size_t>(r)];
  const int64_t dim = a.head_dim, pairs = s.constants.rope.pairs();
  const KvLayout& kv = s.constants.kv;
  s.constants.rope.angles(row.position, mine.cosines, mine.sines);
  const auto finish = [&](const std::optional<Norm>& norm, float* head) {
    if (norm) {
      const float offset = norm->zero_centred ? 1.0f : 0.0f;
      s.cpu.kernels->rms_norm(head, s.cpu.vector(norm->weight), offset, norm->eps, dim, head);
    }
    rotate(mine.cosines, mine.sines, pairs, head);
  };
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(dim));
  for (int64_t head = 0; head < a.heads; ++head) {
    const float* from = s.buffers.q + r * a.q.weight.rows + head * (a.gated ? 2 * dim : dim);
    float* query = s.buffers.query(r * a.heads + head);
    std::memcpy(query, from, static_cast<size_t>(dim) * sizeof(float));
    finish(a.q_norm, query);
    s.cpu.kernels->scale(scale, dim, query);
    if (!kv.takes_codes()) continue;
    std::fill(query + dim, query + kv.padded_dim(), 0.0f);
    s.cpu.kernels->quantise(query, kv.padded_dim(), 32, s.buffers.codes.out(r * a.heads + head));
  }
  for (int64_t head = 0; head < a.kv_heads; ++head) {
    float* key = s.buffers.k + r * a.k.weight.rows + head * dim;
    finish(a.k_norm, key);
    kv.write(*row.sequence, row.position, head, key, s.buffers.v + r * a.v.weight.rows + head * dim);
  }
}

int64_t make_tiles(const Step& s) {
  int64_t count = 0;
  for (int64_t first = 0; first < static_cast<int64_t>(s.rows.size());) {
    const RowRun run = next_run(s.rows, first);
    for (int64_t r = run.first; r < run.first + run.count; r += s.shape.tile_rows) {
      const Row& row = s.rows[static_cast<size_t>(r)];
      s.buffers.tiles[count++] = {row.sequence, r, std::min(s.shape.tile_rows, run.first + run.count - r),
                                  row.position};
    }
    first = run.first + run.count;
  }
  return count;
}

int64_t partitions_of(const Tile& tile) { return (tile.position + tile.rows - 1) / kPartition + 1; }

/// Keys of the partition that row `row` of the tile sees.
int64_t keys_seen(const Tile& tile, int64_t row, int64_t partition) {
  return std::clamp<int64_t>(tile.position + row + 1 - partition * kPartition, 0, kPartition);
}

/// scores [query, key] for every key panel that a row sees; the rows that see it are the last ones.
void score(const Step& s, const Tile& tile, int64_t kv_head, int64_t partition, float* scores,
           ThreadScratch& scratch) {
  const Attention& a = s.attention;
  const int64_t group = s.shape.group, last = keys_seen(tile, tile.rows - 1, partition);
  const float* floats[kTokensAtOnce];
  QuantRow codes[kTokensAtOnce];
  for (int64_t q = 0; q < tile.rows * group; ++q) {
    const int64_t index = (tile.first_row + q / group) * a.heads + kv_head * group + q % group;
    floats[q] = s.buffers.query(index);
    codes[q] = s.buffers.codes.row(index);
  }
  int64_t row = 0;
  for (int64_t key = 0; key < last; key += kPairKeys) {
    while (keys_seen(tile, row, partition) <= key) ++row;
    const int64_t first = row * group, count = (tile.rows - row) * group;
    const int64_t panels = last - key > kLanes ? 2 : 1;
    s.constants.kv.dot_keys(*s.cpu.kernels, *tile.sequence, partition * kPartition + key, panels, kv_head,
                            {floats + first, codes + first}, count, scratch.sums,
                            scores + first * kScoreStride + key, kScoreStride);
  }
}

/// Slices of 16 dimensions that are summed up together.
struct Slices {
  int64_t first, count;
  int64_t apart;  // floats between their sums
};

/// sums += values of keys [first, end) of the partition, weighted by x [end - first], page by page. Moves x.
void add_span(const Step& s, const Tile& tile, int64_t kv_head, int64_t partition, const Slices& slices,
              int64_t first, int64_t end, const float** x, int64_t count, float* sums) {
  while (first < end) {
    const int64_t span = std::min(end, (first / kPageTokens + 1) * kPageTokens) - first;
    s.constants.kv.dot_values(*s.cpu.kernels, *tile.sequence, partition * kPartition + first, span, kv_head,
                              slices.first, slices.count, x, count, sums, slices.apart);
    for (int64_t q = 0; q < count; ++q) x[q] += span;
    first += span;
  }
}

/// values [query, D] = scores * values of the partition. Keys that all rows see are shared by the tile, the
/// rest is added row by row; the cuts are multiples of 4, so the sums are those of one pass.
void add_values(const Step& s, const Tile& tile, int64_t kv_head, int64_t partition, int64_t first_row,
                const float* scores, float* values, ThreadScratch& scratch) {
  const int64_t group = s.shape.group, count = (tile.rows - first_row) * group;
  const int64_t shared = keys_seen(tile, first_row, partition) / 4 * 4;
  for (int64_t slice = 0; slice < s.shape.width / 16; slice += 2) {
    const Slices slices = {slice, std::min<int64_t>(2, s.shape.width / 16 - slice), count * kFloatSums};
    const float* x[kTokensAtOnce];
    for (int64_t q = 0; q < count; ++q) x[q] = scores + (first_row * group + q) * kScoreStride;
    std::memset(scratch.sums, 0, static_cast<size_t>(slices.count * slices.apart) * sizeof(float));
    add_span(s, tile, kv_head, partition, slices, 0, shared, x, count, scratch.sums);
    for (int64_t row = first_row, q = 0; row < tile.rows; ++row, q += group) {
      add_span(s, tile, kv_head, partition, slices, shared, keys_seen(tile, row, partition), x + q, group,
               scratch.sums + q * kFloatSums);
    }
    float* to = values + first_row * group * s.shape.width + slice * 16;
    for (int64_t i = 0; i < slices.count; ++i)
      s.cpu.kernels->fold(scratch.sums + i * slices.apart, count, s.shape.width, to + i * 16);
  }
}

/// Softmax and values of one partition for the rows that see it. Returns the first of them.
int64_t attend(const Step& s, const Tile& tile, int64_t kv_head, int64_t partition, int thread,
               const Partial& to) {
  ThreadScratch& scratch = s.cpu.scratch[thread];
  float* scores = s.buffers.of(thread).scores;
  int64_t first_row = 0;
  while (keys_seen(tile, first_row, partition) == 0) ++first_row;
  score(s, tile, kv_head, partition, scores, scratch);
  for (int64_t q = first_row * s.shape.group; q < tile.rows * s.shape.group; ++q) {
    to.softmax[q] =
        s.cpu.kernels->softmax(keys_seen(tile, q / s.shape.group, partition), scores + q * kScoreStride);
  }
  add_values(s, tile, kv_head, partition, first_row, scores, to.values, scratch);
  return first_row;
}

/// sum += part, for the queries from first_row on. The first partition is the sum.
void merge(const Step& s, const Tile& tile, int64_t partition, int64_t first_row, const Partial& part,
           const Partial& sum) {
  const int64_t width = s.shape.width;
  for (int64_t q = first_row * s.shape.group; q < tile.rows * s.shape.group; ++q) {
    SoftmaxSum &to = sum.softmax[q], from = part.softmax[q];
    float *values = sum.values + q * width, *added = part.values + q * width;
    if (partition == 0) {
      to = from;
      std::memcpy(values, added, static_cast<size_t>(width) * sizeof(float));
      continue;
    }
    const float max = to.max < from.max ? from.max : to.max;
    const float keep = exact_exp(to.max - max), take = exact_exp(from.max - max);
    to = {max, to.sum * keep + from.sum * take};
    s.cpu.kernels->scale(keep, width, values);
    s.cpu.kernels->add_scaled(take, added, width, values);
  }
}

/// Divides by the softmax's sum and applies the gate.
void finish_tile(const Step& s, const Tile& tile, int64_t kv_head, const Partial& sum) {
  const Attention& a = s.attention;
  const int64_t dim = a.head_dim;
  for (int64_t q = 0; q < tile.rows * s.shape.group; ++q) {
    const int64_t row = tile.first_row + q / s.shape.group,
                  head = kv_head * s.shape.group + q % s.shape.group;
    float* out = s.buffers.out.row(row) + head * dim;
    std::memcpy(out, sum.values + q * s.shape.width, static_cast<size_t>(dim) * sizeof(float));
    s.cpu.kernels->scale(1.0f / sum.softmax[q].sum, dim, out);
    if (a.gated) {
      const float* gate = s.buffers.q + row * a.q.weight.rows + head * 2 * dim + dim;
      s.cpu.kernels->apply_gate(GateKind::kSigmoid, out, gate, dim, out);
    }
  }
}

/// A task is a tile and a key/value head: it walks through the partitions.
void attend_by_tile(const Step& s, int64_t tiles) {
  const int64_t heads = s.attention.kv_heads;
  s.cpu.pool->run(tiles * heads, [&](int64_t task, int thread) {
    const Tile& tile = s.buffers.tiles[task / heads];
    const Partial sum = s.shape.partial(s.buffers.of(thread).sum),
                  part = s.shape.partial(s.buffers.of(thread).part);
    for (int64_t p = 0; p < partitions_of(tile); ++p) {
      const int64_t first_row = attend(s, tile, task % heads, p, thread, part);
      merge(s, tile, p, first_row, part, sum);
    }
    finish_tile(s, tile, task % heads, sum);
  });
}

/// A task is one partition of a tile and head, for few rows of long sequences. `most`: partitions of a tile.
void attend_by_partition(const Step& s, int64_t tiles, int64_t most) {
  const int64_t heads = s.attention.kv_heads;
  const auto partial = [&](int64_t task) {
    return s.shape.partial(s.buffers.partials + task * s.shape.partial_floats());
  };
  s.cpu.pool->run(tiles * heads * most, [&](int64_t task, int thread) {
    const Tile& tile = s.buffers.tiles[task / most / heads];
    if (task % most < partitions_of(tile))
      attend(s, tile, task / most % heads, task % most, thread, partial(task));
  });
  s.cpu.pool->run(tiles * heads, [&](int64_t task, int thread) {
    const Tile& tile = s.buffers.tiles[task / heads];
    const Partial sum = s.shape.partial(s.buffers.of(thread).sum);
    for (int64_t p = 0; p < partitions_of(tile); ++p) {
      int64_t first_row = 0;
      while (keys_seen(tile, first_row, p) == 0) ++first_row;
      merge(s, tile, p, first_row, partial(task * most + p), sum);
    }
    finish_tile(s, tile, task % heads, sum);
  });
}

void attend_all(const Step& s) {
  const int64_t tiles = make_tiles(s);
  int64_t most = 1;
  for (int64_t t = 0; t < tiles; ++t) most = std::max(most, partitions_of(s.buffers.tiles[t]));
  const int64_t tasks = tiles * s.attention.kv_heads;
  const bool enough_tasks = tasks >= kTasksPerThread * s.cpu.pool->threads();
  if (most == 1 || enough_tasks || tasks * most * s.shape.partial_floats() > s.constants.partial_floats)
    attend_by_tile(s, tiles);
  else attend_by_partition(s, tiles, most);
}

/// Some rows of the block.
Status run_rows(const Step& s, const Norm& norm, UnitParts& unit, View<float> x) {
  const Cpu& cpu = s.cpu;
  const Attention& a = s.attention;
  const Buffers& b = s.buffers;
  cpu.phases->enter(Phase::kProjections);
  norm_rows(cpu, norm, x, forms_of({&a.q, &a.k, &a.v}), b.normed);
  TUG_TRY(
      unit.multiply(std::array{Product{.linear = &a.q, .input = &b.normed, .count = x.rows, .out = b.q},
                               Product{.linear = &a.k, .input = &b.normed, .count = x.rows, .out = b.k},
                               Product{.linear = &a.v, .input = &b.normed, .count = x.rows, .out = b.v}}));
  cpu.phases->enter(Phase::kAttention);
  cpu.pool->run(x.rows, [&](int64_t row, int thread) { finish_projections(s, row, b.of(thread)); });
  attend_all(s);
  cpu.phases->enter(Phase::kMixerOutput);
  cpu.for_each(x.rows, a.o.weight.cols,
               [&](int64_t row, int) { b.out.encode(*cpu.kernels, row, a.o.weight.cols, forms_of({&a.o})); });
  const Product out = {.linear = &a.o, .input = &b.out, .count = x.rows};
  add(cpu, std::array{Addition{out.with(TUG_TRY(unit.whole(a.o)))}}, x);
  return {};
}

}  // namespace

int64_t partial_floats(const Attention& attention, int64_t context, int threads) {
  const int64_t partitions = std::min((context - 1) / kPartition + 1, kPartialFloats);
  if (partitions == 1) return 0;
  return std::min(kPartialFloats, kTasksPerThread * threads * partitions * Shape(attention).partial_floats());
}

int64_t attention_bytes(const Block& block, const BlockConstants& constants, int64_t rows, int64_t hidden,
                        int threads) {
  Bump measure;
  Buffers(measure, std::get<Attention>(block.work), constants, std::min(rows, kRowsAtOnce), hidden, threads);
  return measure.used();
}

Status run_attention(const Cpu& cpu, const Block& block, const BlockConstants& constants,
                     std::span<const Row> rows, View<float> x) {
  const auto& a = std::get<Attention>(block.work);
  UnitParts unit(cpu, {block.index, -1});
  return for_each_piece(x.rows, kRowsAtOnce, [&](int64_t first, int64_t count) -> Status {
    Bump bump(cpu.memory);
    const Buffers buffers(bump, a, constants, count, x.cols, cpu.pool->threads());
    const auto own = rows.subspan(static_cast<size_t>(first), static_cast<size_t>(count));
    return run_rows({cpu, a, constants, own, buffers, Shape(a)}, block.norm, unit, {x[first], count, x.cols});
  });
}

}  // namespace tug::cpu
