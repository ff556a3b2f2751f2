// A store that is as unhelpful as a store may be: few slots, random order of landing, small parts, late
// parts, units that cannot be had. What it has taken back is poisoned, so whoever reads on gets NaN.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "engine/engine.h"
#include "plan/walk.h"
#include "support/expect.h"
#include "weights/matrix_reader.h"
#include "weights/resident_store.h"

namespace tug {

struct Hostility {
  uint64_t seed = 1;
  int slots = 2;               // units of a lease that are in memory at once
  int64_t parts_max = 1;       // parts that one take() hands out, at most
  int64_t part_panels = 1000;  // panels of 16 rows in a part, at most
  std::vector<UnitId> broken = {};
  bool break_late = true;  // a broken unit hands out some parts first
};

class HostileStore : public WeightStore {
 public:
  HostileStore(const Checkpoint& checkpoint, const Plan& plan, const Packer& packer,
               std::unique_ptr<WeightStore> vectors, const Hostility& hostility)
      : plan_(plan),
        packer_(packer),
        vectors_(std::move(vectors)),
        h_(hostility),
        random_(hostility.seed),
        reader_(value_of(MatrixReader::make(checkpoint, 1 << 22))) {}

  void expect(std::span<const UnitId> units) override {
    for (UnitId unit : units) expected.push_back(unit);
  }
  std::span<const float> vector(const Vector& vector) const override { return vectors_->vector(vector); }
  ByteView memory() const override { return {}; }

  std::vector<UnitId> expected, requested;  // what was announced, and asked for
  int slots_used_max = 0;
  int open_leases() const { return static_cast<int>(leases_.size()); }

 private:
  /// A piece of a unit that has not been handed out.
  struct Piece {
    const Linear* linear;
    size_t slot;  // of its matrix in Unit::slots
    RowRange rows;
  };
  struct Unit {
    size_t index;
    UnitId id;
    std::vector<std::vector<std::byte>> slots;
    std::vector<Piece> pieces;  // in the order of their landing
    bool broken = false;
  };
  struct Request {
    Order order;
    std::vector<std::pair<size_t, UnitId>> waiting;  // next one last
    std::vector<std::unique_ptr<Unit>> loaded;
    std::vector<std::unique_ptr<Unit>> ended;  // handed out; still readable
    std::vector<Part> parts;
  };

  uint64_t below(uint64_t bound) { return random_() % bound; }

  int open(std::span<const UnitId> needed, Order order) override {
    Request request{order, {}, {}, {}, {}};
    for (size_t i = 0; i < needed.size(); ++i) request.waiting.push_back({i, needed[i]});
    requested.insert(requested.end(), needed.begin(), needed.end());
    if (order == Order::kAsLanded) std::shuffle(request.waiting.begin(), request.waiting.end(), random_);
    else std::reverse(request.waiting.begin(), request.waiting.end());
    leases_.emplace(++last_, std::move(request));
    return last_;
  }

  std::unique_ptr<Unit> load(size_t index, UnitId id) {
    auto unit = std::make_unique<Unit>();
    unit->index = index, unit->id = id;
    unit->broken = std::find(h_.broken.begin(), h_.broken.end(), id) != h_.broken.end();
    for_each_linear(plan_, id, [&](std::string_view, const Linear& linear) {
      const size_t slot = unit->slots.size();
      unit->slots.emplace_back(static_cast<size_t>(packer_.packed_size(linear.weight)), kPoison);
      for (int64_t first = 0; first < linear.weight.rows;) {
        const int64_t panels = 1 + static_cast<int64_t>(below(static_cast<uint64_t>(h_.part_panels)));
        const int64_t count = std::min(linear.weight.rows - first, panels * kPackRows);
        unit->pieces.push_back({&linear, slot, {first, count}});
        first += count;
      }
    });
    std::shuffle(unit->pieces.begin(), unit->pieces.end(), random_);
    if (unit->broken && h_.break_late) unit->pieces.resize(unit->pieces.size() / 2);
    else if (unit->broken) unit->pieces.clear();
    return unit;
  }

  std::span<const Part> take(int lease, bool& done) override {
    Request& request = leases_.at(lease);
    for (auto& unit : request.ended) poison(*unit);
    request.ended.clear();
    request.parts.clear();
    const auto wanted = static_cast<int64_t>(1 + below(static_cast<uint64_t>(h_.parts_max)));
    while (static_cast<int64_t>(request.parts.size()) < wanted) {
      while (!request.waiting.empty() &&
             static_cast<int>(request.loaded.size() + request.ended.size()) < h_.slots) {
        const auto [index, id] = request.waiting.back();
        request.waiting.pop_back();
        request.loaded.push_back(load(index, id));
      }
      slots_used_max =
          std::max(slots_used_max, static_cast<int>(request.loaded.size() + request.ended.size()));
      if (request.loaded.empty()) break;
      const size_t which = request.order == Order::kAsGiven ? 0 : below(request.loaded.size());
      hand_out(request, which);
    }
    done = request.loaded.empty() && request.waiting.empty();
    return request.parts;
  }

  void hand_out(Request& request, size_t which) {
    Unit& unit = *request.loaded[which];
    if (!unit.pieces.empty()) {
      const Piece piece = unit.pieces.back();
      unit.pieces.pop_back();
      std::vector<std::byte>& slot = unit.slots[piece.slot];
      packer_.pack(piece.linear->weight, raw_rows(*piece.linear, piece.rows), slot);
      request.parts.push_back({unit.index, unit.id, piece.linear, piece.rows, slot, nullptr});
    } else if (unit.broken) {
      request.parts.push_back({unit.index, unit.id, nullptr, {}, {}, &failure_});
    }
    if (unit.pieces.empty() && (!unit.broken || request.parts.back().error)) {
      request.ended.push_back(std::move(request.loaded[which]));
      request.loaded.erase(request.loaded.begin() + static_cast<int64_t>(which));
    }
  }

  /// Rows of a matrix that was read whole, once.
  RawRows raw_rows(const Linear& linear, RowRange rows) {
    const Matrix& matrix = linear.weight;
    auto [entry, is_new] = raw_.try_emplace(&linear);
    auto& [bytes, scales] = entry->second;
    if (is_new) {
      const RawRows all = value_of(reader_.read(matrix, {0, matrix.rows}));
      bytes.assign(all.bytes.begin(), all.bytes.end());
      scales.assign(all.scales.begin(), all.scales.end());
    }
    const auto part = [&](const auto& values) {
      const auto row = static_cast<int64_t>(values.size()) / matrix.rows;
      return std::span(values).subspan(static_cast<size_t>(rows.first * row),
                                       static_cast<size_t>(rows.count * row));
    };
    return {rows, part(bytes), part(scales)};
  }

  /// Keeps the memory for a while, so that a late reader reads poison, not somebody else's.
  void poison(Unit& unit) {
    for (auto& slot : unit.slots) {
      std::fill(slot.begin(), slot.end(), kPoison);
      graveyard_.push_back(std::move(slot));
    }
    while (graveyard_.size() > 64) graveyard_.erase(graveyard_.begin());
  }

  void close(int lease) override {
    auto request = leases_.extract(lease);
    for (auto& unit : request.mapped().loaded) poison(*unit);
    for (auto& unit : request.mapped().ended) poison(*unit);
  }

  static constexpr std::byte kPoison{0xff};  // NaN as F32, F16 and BF16

  const Plan& plan_;
  const Packer& packer_;
  std::unique_ptr<WeightStore> vectors_;
  Hostility h_;
  std::mt19937_64 random_;
  MatrixReader reader_;
  std::map<const Linear*, std::pair<std::vector<std::byte>, std::vector<float>>> raw_;
  std::map<int, Request> leases_;
  int last_ = 0;
  std::vector<std::vector<std::byte>> graveyard_;
  const Error failure_{ErrorCode::kIo, "The drive refused to read these weights."};
};

/// An engine over a hostile store; `store` is its store, owned by the engine.
inline std::unique_ptr<Engine> load_hostile_engine(const std::string& path, EngineOptions options,
                                                   const Hostility& hostility,
                                                   HostileStore** store = nullptr) {
  if (options.backend == "cpu" && options.isa == Isa::kScalar) options.isa = best_isa();
  return value_of(Engine::load_with(value_of(Checkpoint::open(path)), options,
                                    [&](const StoreInputs& inputs) -> Result<std::unique_ptr<WeightStore>> {
                                      const auto& [checkpoint, plan, backend, threads, budget] = inputs;
                                      auto resident = value_of(ResidentStore::load(
                                          checkpoint, plan, backend, 1, budget, [](int64_t, int64_t) {}));
                                      auto hostile = std::make_unique<HostileStore>(
                                          checkpoint, plan, backend, std::move(resident), hostility);
                                      if (store) *store = hostile.get();
                                      return std::unique_ptr<WeightStore>(std::move(hostile));
                                    }));
}

}  // namespace tug
