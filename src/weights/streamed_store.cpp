#include "weights/streamed_store.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/check.h"
#include "plan/stored_rows.h"

namespace tug {
namespace {

/// Stored bytes of a request to the drive, about.
constexpr int64_t kPieceBytes = 1 << 20;

/// Needed less than anything that an open lease waits for.
constexpr int64_t kSuggested = int64_t{1} << 40;
/// Suggested experts are read while fewer pieces than this are on their way.
constexpr int64_t kReadingMax = 3;
constexpr size_t kSuggestedMax = 256;

/// Rows that a thread packs at once.
constexpr int64_t kRowsOfATask = 8 * kPackRows;

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

StreamedStore::PieceRows StreamedStore::piece_of(size_t unit, uint32_t index) const {
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
                                                           const Packer& packer, ThreadPool& threads,
                                                           int64_t room, int64_t cache, MemoryBudget& budget,
                                                           LoadProgress progress) {
  std::unique_ptr<StreamedStore> store(new StreamedStore(checkpoint, plan, packer, threads, budget));
  int64_t piece = 0;
  for (size_t unit = 0; unit < store->units_.size(); ++unit) {
    for (const PackedLinear& packed : store->units_.linears(unit)) {
      const Matrix& matrix = packed.linear->weight;
      piece = std::max(piece, std::min(matrix.rows, cut_of(matrix).rows) * stored_row_bytes(matrix));
    }
  }
  const int64_t staging = ReaderPool::bytes(piece);
  TUG_TRY(budget.take(staging, "the readers of the weights"));
  store->staging_ = staging;
  const Placement placement = TUG_TRY(place_units(store->units_, room - staging, cache));
  store->arena_ = TUG_TRY(Arena::allocate(placement.bytes, budget, "the weights"));
  TUG_TRY(store->load_pinned(placement, progress));
  store->vectors_ = TUG_TRY(Vectors::load(checkpoint, plan));
  TUG_TRY(store->make_room(plan, placement, piece));
  return store;
}

StreamedStore::~StreamedStore() { budget_.give_back(staging_); }

Status StreamedStore::load_pinned(const Placement& placement, LoadProgress progress) {
  std::vector<LoadJob> jobs;
  std::byte* place = arena_.data();
  for (const size_t unit : placement.pinned) {
    for (const PackedLinear& packed : units_.linears(unit))
      jobs.push_back({&packed.linear->weight, {place + packed.offset, static_cast<size_t>(packed.bytes)}});
    place += units_.bytes(unit);
  }
  return load_matrices(checkpoint_, jobs, packer_, threads_.threads(), progress);
}

/// Everything that running needs, so that it allocates nothing.
Status StreamedStore::make_room(const Plan& plan, const Placement& placement, int64_t piece_bytes) {
  cache_ = SlotCache(units_, placement, kHalfLifeTokens * moe_blocks(plan), arena_.data());
  arrivals_.resize(units_.size());
  needed_at_.resize(units_.size());
  size_t jobs = 1;
  for (const Placement::Class& shared : placement.classes) {
    if (units_.is_expert(shared.units[0])) stats_.places += shared.slots;
    uint32_t pieces = 0;
    for (const size_t unit : shared.units) pieces = std::max(pieces, pieces_of(unit));
    jobs += static_cast<size_t>(shared.slots) * pieces;
    for (int64_t slot = 0; slot < shared.slots; ++slot) {
      all_arrivals_.push_back(std::make_unique<Arrival>());
      all_arrivals_.back()->raw.reserve(pieces);
      all_arrivals_.back()->landed.reserve(pieces);
      spare_.push_back(all_arrivals_.back().get());
    }
  }
  admitted_.reserve(units_.units_max());
  suggested_.reserve(kSuggestedMax);
  suggested_before_.reserve(kSuggestedMax);
  asked_.reserve(jobs);
  packing_.reserve(ReaderPool::kBuffers);
  size_t pieces_max = units_.linears_max();
  for (size_t unit = 0; unit < units_.size(); ++unit)
    pieces_max = std::max<size_t>(pieces_max, pieces_of(unit));
  for (Open& lease : open_) {
    lease.needs.reserve(units_.units_max());
    lease.leaving.reserve(units_.units_max());
    lease.parts.reserve(units_.linears_max() + pieces_max);
  }
  readers_ = TUG_TRY(ReaderPool::make(checkpoint_, piece_bytes, jobs,
                                      [this](const ReaderPool::Job& job, Result<ReaderPool::Piece> piece) {
                                        on_read(job, std::move(piece));
                                      }));
  return {};
}

StoreStats StreamedStore::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

int64_t StreamedStore::shrink(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  int64_t given = 0;
  while (given < bytes) {
    const auto closed = cache_.close([&](size_t unit) { return needed_at_[unit]; });
    if (closed.bytes == 0) break;
    if (closed.evicted) spare_.push_back(std::exchange(arrivals_[*closed.evicted], nullptr));
    release_pages(closed.place, closed.bytes);
    given += closed.bytes;
    --stats_.places;
  }
  return given;
}

int64_t StreamedStore::grow(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  int64_t taken = 0;
  while (taken < bytes) {
    const int64_t opened = cache_.reopen();
    if (opened == 0) break;
    taken += opened;
    ++stats_.places;
  }
  return taken;
}

/// Gives the unit a place.
bool StreamedStore::admit(size_t unit, bool needed) {
  const auto admission = cache_.admit(unit, needed, [&](size_t other) { return needed_at_[other]; });
  if (!admission.done) return false;
  if (admission.evicted) spare_.push_back(std::exchange(arrivals_[*admission.evicted], nullptr));
  Arrival& arrival = *(arrivals_[unit] = spare_.back());
  spare_.pop_back();
  arrival.raw.clear(), arrival.landed.clear();
  arrival.pieces = pieces_of(unit), arrival.read = arrival.packed = 0;
  arrival.error.reset();
  arrival.suggested = arrival.unwanted = false;
  return true;
}

/// Asks for all pieces of admitted units: the first of every unit, then the second, ...: so that all can be
/// begun with.
void StreamedStore::read(std::span<const size_t> units, ReaderPool::Priority priority) {
  uint32_t most = 0;
  for (const size_t unit : units) {
    most = std::max(most, arrivals_[unit]->pieces);
    reading_ += arrivals_[unit]->pieces;
  }
  for (uint32_t index = 0; index < most; ++index) {
    for (const size_t unit : units) {
      if (index >= arrivals_[unit]->pieces) continue;
      const auto [packed, rows] = piece_of(unit, index);
      asked_.push_back({unit,
                        index,
                        packed->linear,
                        rows,
                        {cache_.place(unit) + packed->offset, static_cast<size_t>(packed->bytes)}});
    }
  }
  readers_->push(priority, asked_);
  asked_.clear();
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

void StreamedStore::suggest(std::span<const UnitId> ids) {
  const std::lock_guard lock(mutex_);
  for (const size_t unit : suggested_) {
    if (needed_at_[unit] >= kSuggested) needed_at_[unit] = 0;
  }
  std::swap(suggested_, suggested_before_);
  suggested_.clear(), next_suggested_ = 0;
  for (const UnitId id : ids.first(std::min(ids.size(), kSuggestedMax))) {
    const size_t unit = units_.index_of(id);
    if (needed_at_[unit] == 0) needed_at_[unit] = kSuggested + static_cast<int64_t>(suggested_.size());
    suggested_.push_back(unit);
  }
  for (const size_t unit : suggested_before_) {
    const bool reading = cache_.state(unit) == SlotCache::State::kReading && arrivals_[unit]->suggested;
    if (reading && needed_at_[unit] == 0) forget(unit);
  }
  read_ahead();
}

/// A suggested unit that is not expected any more, and not whole: it is not worth packing.
void StreamedStore::forget(size_t unit) {
  Arrival& arrival = *arrivals_[unit];
  arrival.unwanted = true;
  for (const ReaderPool::Piece& piece : arrival.raw) readers_->give_back(piece);
  arrival.raw.clear();
  const uint32_t forgotten = readers_->forget(unit);
  arrival.read += forgotten, reading_ -= forgotten;
  if (arrival.read == arrival.pieces) drop(unit);
}

/// Begins with the next suggested units while the drive has little to do.
void StreamedStore::read_ahead() {
  while (reading_ < kReadingMax && next_suggested_ < suggested_.size()) {
    const size_t unit = suggested_[next_suggested_++];
    if (cache_.state(unit) != SlotCache::State::kAbsent || !admit(unit, false)) continue;
    arrivals_[unit]->suggested = true;
    read({&unit, 1}, ReaderPool::kSoon);
  }
}

ByteView StreamedStore::pinned(UnitId id, const Linear& linear) const {
  const size_t unit = units_.index_of(id);
  if (!cache_.pinned(unit)) return {};
  for (const PackedLinear& packed : units_.linears(unit)) {
    if (packed.linear == &linear)
      return {cache_.place(unit) + packed.offset, static_cast<size_t>(packed.bytes)};
  }
  return {};
}

int StreamedStore::open(std::span<const UnitId> needed, Order order) {
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
    if (arrivals_[need.unit]->unwanted) return false;  // soon it is absent
    readers_->hurry(need.unit);
  }
  if (units_.is_expert(need.unit)) {
    const bool foreseen = std::exchange(arrivals_[need.unit]->suggested, false);
    ++(state == SlotCache::State::kPresent && !foreseen ? stats_.hits : stats_.misses);
    stats_.foreseen += foreseen;
  }
  cache_.use(need.unit);
  need.started = true;
  return true;
}

/// Starts as many of the lease's units as there are places for.
void StreamedStore::start(Open& lease) {
  admitted_.clear();
  if (lease.order == Order::kAsLanded) {  // what has a place first, so that it does not have to go
    for (Need& need : lease.needs) {
      if (!need.started && cache_.state(need.unit) != SlotCache::State::kAbsent) start(need);
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

/// Pieces of the unit that wait for being packed.
void StreamedStore::choose_raw(size_t unit) {
  Arrival* arrival = arrivals_[unit];
  if (arrival == nullptr) return;
  packing_.insert(packing_.end(), arrival->raw.begin(), arrival->raw.end());
  arrival->raw.clear();
}

Status StreamedStore::pack(const ReaderPool::Piece& piece, RowRange panels) const {
  const Matrix& matrix = piece.job.linear->weight;
  for (int64_t done = 0; done < panels.count; done += kPackRows) {  // checked and packed while in the cache
    const RowRange own = {panels.first + done, std::min<int64_t>(kPackRows, panels.count - done)};
    const auto part = [&](const auto& values) {
      const auto row = static_cast<int64_t>(values.size()) / piece.job.rows.count;
      return std::span(values).subspan(static_cast<size_t>(own.first * row),
                                       static_cast<size_t>(own.count * row));
    };
    const RawRows rows = {
        {piece.job.rows.first + own.first, own.count}, part(piece.raw.bytes), part(piece.raw.scales)};
    if (!all_finite(matrix.type, rows.bytes)) return non_finite(checkpoint_, matrix.bytes);
    packer_.pack(matrix, rows, piece.job.place);
  }
  return {};
}

/// Packs what was chosen, with all threads, and without the lock.
void StreamedStore::pack_chosen(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const auto tasks_of = [](const ReaderPool::Piece& piece) {
    return (piece.job.rows.count + kRowsOfATask - 1) / kRowsOfATask;
  };
  int64_t tasks = 0;
  for (const ReaderPool::Piece& piece : packing_) tasks += tasks_of(piece);
  std::array<std::optional<Error>, ReaderPool::kBuffers> errors;
  std::mutex failing;
  threads_.run(tasks, [&](int64_t task, int) {
    size_t p = 0;
    for (; task >= tasks_of(packing_[p]); ++p) task -= tasks_of(packing_[p]);
    const int64_t first = task * kRowsOfATask;
    Status status = pack(packing_[p], {first, std::min(kRowsOfATask, packing_[p].job.rows.count - first)});
    if (status.ok()) return;
    const std::lock_guard own(failing);
    errors[p] = std::move(status).error();
  });
  lock.lock();
  for (size_t p = 0; p < packing_.size(); ++p) {
    const ReaderPool::Job& job = packing_[p].job;
    readers_->give_back(packing_[p]);
    end_piece(job, errors[p] ? Status(std::move(*errors[p])) : Status());
  }
  packing_.clear();
}

/// A piece has been packed, or cannot be had.
void StreamedStore::end_piece(const ReaderPool::Job& job, Status status) {
  Arrival& arrival = *arrivals_[job.unit];
  if (status.ok()) arrival.landed.push_back(job.piece);
  else if (!arrival.error) arrival.error = std::move(status).error();
  if (++arrival.packed < arrival.pieces) return;
  if (!arrival.error) cache_.landed(job.unit);
  else if (!cache_.in_use(job.unit)) drop(job.unit);
}

/// What has landed of the lease is packed; true if there was something.
bool StreamedStore::pack_needed(const Open& lease, std::unique_lock<std::mutex>& lock) {
  for (size_t i = lease.begin; i < lease.needs.size(); ++i) {
    if (lease.needs[i].started && !lease.needs[i].ended) choose_raw(lease.needs[i].unit);
  }
  if (packing_.empty()) return false;
  pack_chosen(lock);
  return true;
}

/// A suggested unit is packed while there is nothing better to do; false if there is none.
bool StreamedStore::pack_suggested(std::unique_lock<std::mutex>& lock) {
  for (const size_t unit : suggested_) {
    if (!cache_.in_use(unit)) choose_raw(unit);
    if (!packing_.empty()) break;
  }
  if (packing_.empty()) return false;
  pack_chosen(lock);
  return true;
}

std::span<const Part> StreamedStore::take(int id, bool& done) {
  std::unique_lock lock(mutex_);
  Open& lease = open_[id];
  give_back(lease);
  while (lease.left > 0) {
    start(lease);
    // In a given order packing comes first, so that the buffers are free for the next reads; else what is
    // there.
    if (lease.order == Order::kAsGiven) pack_needed(lease, lock);
    collect(lease);
    if (!lease.parts.empty()) break;
    if (pack_needed(lease, lock) || pack_suggested(lock)) continue;
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

void StreamedStore::on_read(const ReaderPool::Job& job, Result<ReaderPool::Piece> piece) {
  std::unique_lock lock(mutex_);
  const int64_t bytes = job.rows.count * stored_row_bytes(job.linear->weight);
  stats_.bytes_read += bytes;
  if (!units_.is_expert(job.unit)) stats_.dense_bytes_read += bytes;
  --reading_;
  Arrival& arrival = *arrivals_[job.unit];
  ++arrival.read;
  if (arrival.unwanted) {
    if (piece.ok()) readers_->give_back(piece.value());
    if (arrival.read == arrival.pieces) drop(job.unit);
  } else if (!piece.ok()) {
    end_piece(job, std::move(piece).error());
  } else if (units_.is_expert(job.unit)) {
    arrival.raw.push_back(piece.value());
  } else {  // dense parts that do not fit are read far ahead of those who wait for them
    lock.unlock();
    Status status = pack(piece.value(), {0, job.rows.count});
    readers_->give_back(piece.value());
    lock.lock();
    end_piece(job, std::move(status));
  }
  read_ahead();
  lock.unlock();
  landed_.notify_all();
}

}  // namespace tug
