#include "weights/streamed_store.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "plan/stored_rows.h"
#include "weights/loader.h"

namespace tug {
namespace {

constexpr int kReaders = 4;
/// Stored bytes of a request to the drive, about.
constexpr int64_t kPieceBytes = 1 << 20;
/// Tokens after which having asked for an expert counts half.
constexpr double kHalfLife = 256;

struct Cut {
  uint32_t pieces;
  int64_t rows;  // of a piece; the last one may have fewer
};

/// Equal pieces of whole panels.
Cut cut_of(const Matrix& matrix) {
  const int64_t bytes = stored_row_bytes(matrix) * matrix.rows;
  const int64_t wanted = std::max<int64_t>(1, (bytes + kPieceBytes / 2) / kPieceBytes);
  const int64_t rows = (matrix.rows + wanted * kPackRows - 1) / (wanted * kPackRows) * kPackRows;
  return {static_cast<uint32_t>((matrix.rows + rows - 1) / rows), rows};
}

double moe_blocks(const Plan& plan) {
  const auto is_moe = [](const Block& block) { return std::holds_alternative<MoeFfn>(block.work); };
  return static_cast<double>(
      std::max<int64_t>(1, std::count_if(plan.blocks.begin(), plan.blocks.end(), is_moe)));
}

}  // namespace

uint32_t StreamedStore::pieces_of(size_t unit) const {
  uint32_t pieces = 0;
  for (const PackedLinear& packed : units_.linears(unit)) pieces += cut_of(packed.linear->weight).pieces;
  return pieces;
}

StreamedStore::Piece StreamedStore::piece_of(size_t unit, uint32_t index) const {
  for (const PackedLinear& packed : units_.linears(unit)) {
    const Matrix& matrix = packed.linear->weight;
    const Cut cut = cut_of(matrix);
    const int64_t first = index * cut.rows;
    if (index < cut.pieces) return {&packed, {first, std::min(cut.rows, matrix.rows - first)}};
    index -= cut.pieces;
  }
  TUG_CHECK(false);
}

Result<std::unique_ptr<StreamedStore>> StreamedStore::open(const Checkpoint& checkpoint, const Plan& plan,
                                                           const Packer& packer, int threads, int64_t room,
                                                           int64_t cache, MemoryBudget& budget,
                                                           LoadProgress progress) {
  std::unique_ptr<StreamedStore> store(new StreamedStore(plan, packer, budget));
  int64_t piece = 0;
  for (size_t unit = 0; unit < store->units_.size(); ++unit) {
    for (const PackedLinear& packed : store->units_.linears(unit)) {
      const Matrix& matrix = packed.linear->weight;
      piece = std::max(piece, std::min(matrix.rows, cut_of(matrix).rows) * stored_row_bytes(matrix));
    }
  }
  const int64_t staging = kReaders * MatrixReader::bytes(piece);
  TUG_TRY(budget.take(staging, "the readers of the weights"));
  store->staging_ = staging;
  const Placement placement = TUG_TRY(place_units(store->units_, room - staging, cache));
  store->arena_ = TUG_TRY(Arena::allocate(placement.bytes, budget, "the weights"));
  TUG_TRY(store->load_pinned(checkpoint, packer, threads, placement, progress));
  store->vectors_ = TUG_TRY(Vectors::load(checkpoint, plan));
  TUG_TRY(store->make_room(checkpoint, plan, packer, placement));
  return store;
}

StreamedStore::~StreamedStore() {
  readers_.reset();
  budget_.give_back(staging_);
}

Status StreamedStore::load_pinned(const Checkpoint& checkpoint, const Packer& packer, int threads,
                                  const Placement& placement, LoadProgress progress) {
  std::vector<LoadJob> jobs;
  std::byte* place = arena_.data();
  for (const size_t unit : placement.pinned) {
    for (const PackedLinear& packed : units_.linears(unit))
      jobs.push_back({&packed.linear->weight, {place + packed.offset, static_cast<size_t>(packed.bytes)}});
    place += units_.bytes(unit);
  }
  return load_matrices(checkpoint, jobs, packer, threads, progress);
}

/// Everything that running needs, so that it allocates nothing.
Status StreamedStore::make_room(const Checkpoint& checkpoint, const Plan& plan, const Packer& packer,
                                const Placement& placement) {
  cache_ = SlotCache(units_, placement, kHalfLife * moe_blocks(plan), arena_.data());
  arrivals_.resize(units_.size());
  needed_at_.resize(units_.size());
  size_t jobs = 1;
  int64_t bytes = 0;
  for (const Placement::Class& shared : placement.classes) {
    if (units_.is_expert(shared.units[0])) stats_.places += shared.slots;
    uint32_t pieces = 0;
    for (const size_t unit : shared.units) {
      pieces = std::max(pieces, pieces_of(unit));
      for (const PackedLinear& packed : units_.linears(unit)) {
        const Matrix& matrix = packed.linear->weight;
        bytes = std::max(bytes, std::min(matrix.rows, cut_of(matrix).rows) * stored_row_bytes(matrix));
      }
    }
    jobs += static_cast<size_t>(shared.slots) * pieces;
    for (int64_t slot = 0; slot < shared.slots; ++slot) {
      all_arrivals_.push_back(std::make_unique<Arrival>());
      all_arrivals_.back()->landed.reserve(pieces);
      spare_.push_back(all_arrivals_.back().get());
    }
  }
  admitted_.reserve(units_.units_max());
  size_t pieces_max = units_.linears_max();
  for (size_t unit = 0; unit < units_.size(); ++unit)
    pieces_max = std::max<size_t>(pieces_max, pieces_of(unit));
  for (Open& lease : open_) {
    lease.needs.reserve(units_.units_max());
    lease.leaving.reserve(units_.units_max());
    lease.parts.reserve(units_.linears_max() + pieces_max);
  }
  readers_ = TUG_TRY(ReaderPool::make(
      checkpoint, packer, kReaders, bytes, jobs,
      [this](const ReaderPool::Job& job, Status status) { on_read(job, std::move(status)); }));
  return {};
}

StoreStats StreamedStore::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

/// Gives the unit a place.
bool StreamedStore::admit(size_t unit, bool needed) {
  const auto admission = cache_.admit(unit, needed, [&](size_t other) { return needed_at_[other]; });
  if (!admission.done) return false;
  if (admission.evicted) spare_.push_back(std::exchange(arrivals_[*admission.evicted], nullptr));
  Arrival& arrival = *(arrivals_[unit] = spare_.back());
  spare_.pop_back();
  arrival.landed.clear();
  arrival.pieces = pieces_of(unit), arrival.done = 0;
  arrival.error.reset();
  return true;
}

/// Asks for all pieces of admitted units: the first of every unit, then the second, ...: so that all can be
/// begun with.
void StreamedStore::read(std::span<const size_t> units, ReaderPool::Priority priority) {
  uint32_t most = 0;
  for (const size_t unit : units) most = std::max(most, arrivals_[unit]->pieces);
  for (uint32_t index = 0; index < most; ++index) {
    for (const size_t unit : units) {
      if (index >= arrivals_[unit]->pieces) continue;
      const auto [packed, rows] = piece_of(unit, index);
      readers_->push(priority, {unit,
                                index,
                                packed->linear,
                                rows,
                                {cache_.place(unit) + packed->offset, static_cast<size_t>(packed->bytes)}});
    }
  }
}

void StreamedStore::expect(std::span<const UnitId> ids) {
  const std::lock_guard lock(mutex_);
  for (const UnitId id : ids) {
    const size_t unit = units_.index_of(id);
    needed_at_[unit] = 1;
    if (cache_.state(unit) == SlotCache::State::kAbsent && admit(unit, false))
      read({&unit, 1}, ReaderPool::kSoon);
  }
}

int StreamedStore::open(std::span<const UnitId> needed, Order order, std::span<const UnitId>) {
  const std::lock_guard lock(mutex_);
  auto* const lease = std::ranges::find_if(open_, [](const Open& one) { return !one.used; });
  TUG_CHECK(lease != std::end(open_));
  lease->used = true, lease->order = order, lease->left = needed.size(), lease->begin = 0;
  if (!needed.empty() && needed[0].expert >= 0) cache_.tick();
  for (const UnitId id : needed) {
    const size_t unit = units_.index_of(id);
    lease->needs.push_back({.unit = unit});
    needed_at_[unit] = static_cast<int64_t>(lease->needs.size());
    cache_.touch(unit);
  }
  start(*lease);
  return static_cast<int>(lease - open_);
}

/// Takes a unit that is there, or on its way, or for which there is a place; false if there is none.
bool StreamedStore::start(Need& need) {
  const SlotCache::State state = cache_.state(need.unit);
  if (state == SlotCache::State::kAbsent) {
    if (!admit(need.unit, true)) return false;
    admitted_.push_back(need.unit);
  } else if (state == SlotCache::State::kReading) {
    readers_->hurry(need.unit);
  }
  if (units_.is_expert(need.unit)) ++(state == SlotCache::State::kPresent ? stats_.hits : stats_.misses);
  cache_.use(need.unit);
  need.started = true;
  return true;
}

/// Starts as many of the lease's units as there are places for.
void StreamedStore::start(Open& lease) {
  admitted_.clear();
  if (lease.order == Order::kAsLanded) {  // what is there first, so that it does not have to go
    for (Need& need : lease.needs) {
      if (!need.started && cache_.state(need.unit) == SlotCache::State::kPresent) start(need);
    }
  }
  for (size_t i = lease.begin; i < lease.needs.size(); ++i) {
    if (!lease.needs[i].started && !start(lease.needs[i])) break;
  }
  read(admitted_, ReaderPool::kNeeded);
}

/// Parts of the need that have not been handed out.
void StreamedStore::hand_out(Open& lease, size_t index) {
  Need& need = lease.needs[index];
  const auto part = [&](const PackedLinear& packed, RowRange rows) {
    const ByteView place(cache_.place(need.unit) + packed.offset, static_cast<size_t>(packed.bytes));
    lease.parts.push_back({index, units_.id(need.unit), packed.linear, rows, place, nullptr});
  };
  const bool present = cache_.state(need.unit) == SlotCache::State::kPresent;
  const Arrival* arrival = arrivals_[need.unit];  // none of a pinned unit
  if (present && need.handed == 0) {
    for (const PackedLinear& packed : units_.linears(need.unit))
      part(packed, {0, packed.linear->weight.rows});
    return end(lease, index);
  }
  for (; need.handed < arrival->landed.size(); ++need.handed) {
    const auto [packed, rows] = piece_of(need.unit, arrival->landed[need.handed]);
    part(*packed, rows);
  }
  if (arrival->broken())
    lease.parts.push_back({index, units_.id(need.unit), nullptr, {}, {}, &*arrival->error});
  if (present || arrival->broken()) end(lease, index);
}

void StreamedStore::end(Open& lease, size_t index) {
  lease.needs[index].ended = true;
  needed_at_[lease.needs[index].unit] = 0;
  lease.leaving.push_back(index);
  --lease.left;
}

void StreamedStore::collect(Open& lease) {
  if (lease.order == Order::kAsGiven) {
    while (lease.begin < lease.needs.size() && lease.needs[lease.begin].started) {
      hand_out(lease, lease.begin);
      if (!lease.needs[lease.begin].ended) break;
      ++lease.begin;
    }
    return;
  }
  for (size_t i = 0; i < lease.needs.size(); ++i) {
    if (lease.needs[i].started && !lease.needs[i].ended) hand_out(lease, i);
  }
}

void StreamedStore::drop(size_t unit) {
  spare_.push_back(std::exchange(arrivals_[unit], nullptr));
  cache_.drop(unit);
}

void StreamedStore::give_back(Open& lease) {
  for (const size_t index : lease.leaving) {
    const size_t unit = lease.needs[index].unit;
    cache_.give_back(unit);
    if (arrivals_[unit] && arrivals_[unit]->broken()) drop(unit);
  }
  lease.leaving.clear();
  lease.parts.clear();
}

std::span<const Part> StreamedStore::take(int id, bool& done) {
  std::unique_lock lock(mutex_);
  Open& lease = open_[id];
  give_back(lease);
  while (lease.left > 0) {
    start(lease);
    collect(lease);
    if (!lease.parts.empty()) break;
    const auto began = std::chrono::steady_clock::now();
    landed_.wait(lock);
    stats_.stall_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  done = lease.left == 0;
  return lease.parts;
}

void StreamedStore::close(int id) {
  const std::lock_guard lock(mutex_);
  Open& lease = open_[id];
  for (size_t i = 0; i < lease.needs.size(); ++i) {
    Need& need = lease.needs[i];
    if (need.started && !need.ended) end(lease, i);
    needed_at_[need.unit] = 0;
  }
  give_back(lease);
  lease.needs.clear();
  lease.used = false;
}

void StreamedStore::on_read(const ReaderPool::Job& job, Status status) {
  {
    const std::lock_guard lock(mutex_);
    Arrival& arrival = *arrivals_[job.unit];
    if (status.ok()) arrival.landed.push_back(job.piece);
    else if (!arrival.error) arrival.error = std::move(status).error();
    stats_.bytes_read += job.rows.count * stored_row_bytes(job.linear->weight);
    if (++arrival.done == arrival.pieces) {
      if (!arrival.error) cache_.landed(job.unit);
      else if (!cache_.in_use(job.unit)) drop(job.unit);
    }
  }
  landed_.notify_all();
}

}  // namespace tug
