// Where weights come from while a model runs. A backend asks for units and works on their parts as they
// land; what is in memory, what is read next and what makes room for it is the store's affair. So a store
// that holds everything and one with fewer slots than experts are used alike.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "plan/plan.h"
#include "weights/packer.h"

namespace tug {

/// In which order the units of a request are handed out.
enum class Order {
  kAsLanded,  // whatever is there first, parts of several units mixed: few rows, which keep outputs apart
  kAsGiven,   // all parts of a unit before those of the next one: many rows, which add up as they go
};

/// Packed rows of one linear that have landed, or the news that a unit cannot be had.
struct Part {
  size_t index = 0;  // of the unit in the request
  UnitId unit = {};
  const Linear* linear = nullptr;
  RowRange rows = {};            // first is a multiple of kPackRows
  ByteView packed = {};          // the place of the whole matrix, of which `rows` may be read
  const Error* error = nullptr;  // the unit cannot be had: linear is null, no part of it comes any more
};

class WeightStore;

/// The parts of a request, as they land. Gives back what it still holds when it dies; for one thread.
class Lease {
 public:
  Lease(Lease&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)), id_(other.id_), done_(other.done_) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  /// What has landed since the last call; waits when that is nothing; empty when all was handed out. A
  /// unit's parts may be read until the call after the one that handed out its last part, or its error: then
  /// the unit is given back. Parts of a unit come in any order, each row once.
  std::span<const Part> take();
  /// Everything has been handed out: one more take() only gives back the last parts.
  bool done() const { return done_; }

 private:
  friend class WeightStore;
  Lease(WeightStore& store, int id) : store_(&store), id_(id) {}
  WeightStore* store_;
  int id_;
  bool done_ = false;
};

/// What a store that reads while the model runs has done so far.
struct StoreStats {
  int64_t hits = 0, misses = 0;  // experts that were asked for, and lay in memory or not
  int64_t bytes_read = 0;        // as stored in the file
  int64_t dense_bytes_read = 0;  // of them for parts that are no experts
  int64_t foreseen = 0;          // of the misses: read, or being read, because they had been suggested
  double stall_seconds = 0;      // that takers have waited
  int64_t places = 0;            // experts that there is memory for, now

  /// places: those of the later one, in sums and in differences.
  StoreStats& operator+=(const StoreStats& later) { return *this = combined(later, 1); }
  StoreStats operator-(const StoreStats& before) const { return before.combined(*this, -1); }

 private:
  /// later + sign * this.
  StoreStats combined(const StoreStats& later, int sign) const {
    return {later.hits + sign * hits,
            later.misses + sign * misses,
            later.bytes_read + sign * bytes_read,
            later.dense_bytes_read + sign * dense_bytes_read,
            later.foreseen + sign * foreseen,
            later.stall_seconds + sign * stall_seconds,
            later.places};
  }
};

class WeightStore {
 public:
  virtual ~WeightStore() = default;

  /// Asks for the parts of different units; no allocation. A lease on one block's dense part and one on
  /// experts of the same block may live at the same time.
  Lease request(std::span<const UnitId> needed, Order order) { return Lease(*this, open(needed, order)); }
  Lease request(UnitId unit) { return request({&unit, 1}, Order::kAsLanded); }

  /// Announces units that will certainly be asked for soon, in this order: the dense parts of blocks ahead.
  virtual void expect(std::span<const UnitId> units) = 0;
  /// Names experts that may be asked for next, the likeliest first, instead of those that were named before:
  /// a store reads them when it has nothing better to do.
  virtual void suggest(std::span<const UnitId>) {}
  /// A packed matrix of a unit that stays in memory while the model runs; empty when it may have to be read.
  virtual ByteView pinned(UnitId, const Linear&) const { return {}; }

  /// A vector as float32, in memory for as long as the store lives; empty when it is absent.
  virtual std::span<const float> vector(const Vector& vector) const = 0;

  /// The memory that it keeps weights in.
  virtual ByteView memory() const = 0;

  /// Gives back to the system about so many bytes, or takes again what it gave back: less where it cannot.
  /// Returns how many. From any thread.
  virtual int64_t shrink(int64_t) { return 0; }
  virtual int64_t grow(int64_t) { return 0; }

  /// Whether it reads while the model runs.
  virtual bool streams() const { return false; }
  virtual StoreStats stats() const { return {}; }

 private:
  friend class Lease;
  // A lease is a number; the store knows what it asked for. `done`: nothing is left to be handed out.
  virtual int open(std::span<const UnitId> needed, Order order) = 0;
  virtual std::span<const Part> take(int lease, bool& done) = 0;
  virtual void close(int lease) = 0;
};

inline Lease::~Lease() {
  if (store_) store_->close(id_);
}
inline std::span<const Part> Lease::take() { return store_->take(id_, done_); }

}  // namespace tug
