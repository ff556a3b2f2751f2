// The streaming store: every weight through few places, in the order that was asked for; what cannot be read
// is an error of that unit, and comes when the file is whole again.
#include "weights/streamed_store.h"
#include "weights/resident_store.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "backends/reference/reference_backend.h"
#include "models/architecture.h"
#include "plan/walk.h"
#include "support/draw_model.h"
#include "support/expect.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

constexpr auto kSilent = [](int64_t, int64_t) {};

class Streamed : public testing::Test {
 protected:
  void load(const RandomModel& shape) {
    path_ = directory_ / "m.gguf";
    make_random_model(shape).write(path_);
    checkpoint_.emplace(value_of(Checkpoint::open(path_)));
    plan_ = value_of(make_plan(*checkpoint_));
    resident_.reset();
    budgets_.clear();
    resident_ = value_of(ResidentStore::load(*checkpoint_, plan_, packer_, 2, budget(), kSilent));
  }
  MemoryBudget& budget() { return *budgets_.emplace_back(std::make_unique<MemoryBudget>(int64_t{1} << 40)); }
  /// Null: too little room.
  std::unique_ptr<StreamedStore> open(int64_t room, int64_t cache) {
    auto store = StreamedStore::open(*checkpoint_, plan_, packer_, threads_, room, cache, budget(), kSilent);
    return store.ok() ? std::move(store).value() : nullptr;
  }
  /// With about the least room for weights.
  std::unique_ptr<StreamedStore> open_least() {
    int64_t room = 256 << 20;  // the readers' buffers take some of it
    std::unique_ptr<StreamedStore> store = open(room, 0);
    for (int64_t step = room / 2; step > 1000; step /= 2) {
      if (auto smaller = open(room - step, 0)) store = std::move(smaller), room -= step;
    }
    return store;
  }

  using Unit = std::map<const Linear*, std::vector<std::byte>>;
  /// A unit's matrices, from the resident store.
  Unit expected(UnitId id) {
    Unit unit;
    Lease lease = resident_->request(id);
    for (const Part& part : lease.take()) unit[part.linear].assign(part.packed.begin(), part.packed.end());
    return unit;
  }

  /// Takes all parts, copies the rows that it is given, and compares. Returns how many units failed.
  int check(WeightStore& store, const std::vector<UnitId>& units, Order order) {
    std::vector<Unit> got(units.size());
    std::vector<std::map<const Linear*, std::vector<int>>> rows(units.size());
    int failed = 0;
    size_t before = 0;
    Lease lease = store.request(units, order);
    while (!lease.done()) {
      for (const Part& part : lease.take()) {
        EXPECT_EQ(part.unit, units[part.index]);
        if (order == Order::kAsGiven) {
          EXPECT_GE(part.index, before);
          before = part.index;
        }
        if (part.error) {
          ++failed;
          continue;
        }
        const int64_t row = static_cast<int64_t>(sizeof(float)) * part.linear->weight.cols;
        auto& bytes = got[part.index][part.linear];
        bytes.resize(part.packed.size());
        std::copy_n(part.packed.begin() + part.rows.first * row, part.rows.count * row,
                    bytes.begin() + part.rows.first * row);
        auto& times = rows[part.index][part.linear];
        times.resize(static_cast<size_t>(part.linear->weight.rows));
        for (int64_t r = 0; r < part.rows.count; ++r) ++times[static_cast<size_t>(part.rows.first + r)];
      }
    }
    if (failed > 0) return failed;
    for (size_t i = 0; i < units.size(); ++i) {
      EXPECT_EQ(got[i], expected(units[i])) << units[i].block << " " << units[i].expert;
      for (const auto& [linear, times] : rows[i]) EXPECT_EQ(times, std::vector<int>(times.size(), 1));
    }
    return 0;
  }

  std::vector<UnitId> all_units() const {
    std::vector<UnitId> units;
    for_each_unit(plan_, [&](UnitId id) { units.push_back(id); });
    return units;
  }

  TempDir directory_;
  std::string path_;
  const ReferenceBackend packer_;
  ThreadPool threads_{2};
  std::optional<Checkpoint> checkpoint_;
  Plan plan_;
  std::vector<std::unique_ptr<MemoryBudget>> budgets_;
  std::unique_ptr<ResidentStore> resident_;
};

TEST_F(Streamed, EveryUnitThroughTheLeastRoom) {
  for (uint64_t seed = 0; seed < cases(14, 7); ++seed) {
    load(draw_model(seed));
    const auto store = open_least();
    EXPECT_LT(store->memory().size(), resident_->memory().size());
    for (int round = 0; round < 2; ++round) {
      for (const UnitId unit : all_units()) check(*store, {unit}, Order::kAsLanded);
    }
  }
}

TEST_F(Streamed, ManyExpertsThroughFewPlaces) {
  RandomModel shape;
  shape.experts = 50, shape.layers = 2, shape.expert_width = 64;
  load(shape);
  std::mt19937_64 random(7);
  for (const int64_t places : {2, 3, 10, 60}) {
    const auto store = open(int64_t{1} << 30, places * static_cast<int64_t>(sizeof(float)) * 3 * 64 * 64);
    for (int round = 0; round < 30; ++round) {
      std::vector<UnitId> units;
      for (int32_t expert = 0; expert < 50; ++expert) units.push_back({round % 2 ? 1 : 3, expert});
      std::shuffle(units.begin(), units.end(), random);
      units.resize(1 + random() % 50);
      const Lease dense = store->request({units[0].block, -1});  // lives beside it
      check(*store, units, random() % 2 ? Order::kAsGiven : Order::kAsLanded);
      if (random() % 3 == 0) {  // and one that is given up
        Lease lease = store->request(units, Order::kAsLanded);
        lease.take();
      }
    }
    const StoreStats stats = store->stats();
    EXPECT_GT(stats.misses, 0);
    if (places >= 10) {
      EXPECT_GT(stats.hits, 0);
    }
    EXPECT_LE(stats.bytes_read, stats.misses * int64_t{4} * 3 * 64 * 64);
  }
}

TEST_F(Streamed, WhatWasAskedForStays) {
  RandomModel shape;
  shape.experts = 20, shape.layers = 2;
  load(shape);
  const auto store = open(int64_t{1} << 30, int64_t{30} * 3 * 4 * 64 * 32);
  std::vector<UnitId> popular = {{1, 3}, {1, 7}};
  for (int32_t other = 0; other < 200; ++other) {
    check(*store, popular, Order::kAsLanded);
    check(*store, {{other % 2 ? 1 : 3, 8 + other / 2 % 12}}, Order::kAsLanded);
  }
  EXPECT_GE(store->stats().hits, 2 * 199) << "rare units never push out those of every step";
}

TEST_F(Streamed, AnnouncedUnitsAreRead) {
  load({});
  const auto store = open_least();
  std::vector<UnitId> dense;
  for (const UnitId unit : all_units()) {
    if (unit.expert < 0) dense.push_back(unit);
  }
  for (int round = 0; round < 50; ++round) {
    for (size_t i = 0; i < dense.size(); ++i) {
      const std::vector<UnitId> soon = {dense[(i + 1) % dense.size()], dense[(i + 2) % dense.size()]};
      Lease lease = store->request(dense[i]);
      store->expect(soon);
      while (!lease.done()) lease.take();
    }
    check(*store, {dense[static_cast<size_t>(round) % dense.size()]}, Order::kAsLanded);
  }
}

TEST_F(Streamed, SuggestionsChangeNothingButWhatIsThere) {
  RandomModel shape;
  shape.experts = 30, shape.layers = 2;
  load(shape);
  std::mt19937_64 random(3);
  const auto some = [&](int32_t block) {
    std::vector<UnitId> units;
    for (int32_t expert = 0; expert < 30; ++expert) units.push_back({block, expert});
    std::shuffle(units.begin(), units.end(), random);
    units.resize(1 + random() % 12);
    return units;
  };
  for (const int64_t places : {2, 4, 20}) {
    const auto store = open(int64_t{1} << 30, places * static_cast<int64_t>(sizeof(float)) * 3 * 64 * 32);
    for (int round = 0; round < 60; ++round) {
      std::vector<UnitId> units = some(round % 2 ? 1 : 3), guess = some(round % 2 ? 3 : 1);
      guess.insert(guess.end(), guess.begin(), guess.begin() + static_cast<int64_t>(random() % guess.size()));
      Lease lease = store->request(units, Order::kAsLanded);
      store->suggest(guess);
      while (!lease.done()) lease.take();
      lease.take();
      guess.resize(1 + random() % guess.size());
      std::sort(guess.begin(), guess.end(), [](UnitId a, UnitId b) { return a.expert < b.expert; });
      guess.erase(std::unique(guess.begin(), guess.end()), guess.end());
      check(*store, guess, random() % 2 ? Order::kAsGiven : Order::kAsLanded);
    }
    EXPECT_GT(store->stats().foreseen, 0);
    EXPECT_LE(store->stats().foreseen, store->stats().misses);
  }
}

TEST_F(Streamed, ATruncatedFileIsAnErrorOfItsUnits) {
  RandomModel shape;
  shape.experts = 20;
  load(shape);
  const auto store = open(int64_t{1} << 30, int64_t{4} * 3 * 4 * 64 * 32);
  const UnitId early = {1, 5}, late = {7, 19};
  check(*store, {early, late}, Order::kAsLanded);
  const auto size = std::filesystem::file_size(path_);
  std::vector<char> whole(size);
  std::ifstream(path_, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(size));
  for (const UnitId other : std::vector<UnitId>{{1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}})
    check(*store, {other}, Order::kAsLanded);  // both have to be read again
  const int64_t end = checkpoint_->find("blk.3.ffn_gate_exps.weight")->bytes.offset;
  std::filesystem::resize_file(path_, static_cast<uintmax_t>(end));
  EXPECT_EQ(check(*store, {early, late}, Order::kAsLanded), 1);
  EXPECT_EQ(check(*store, {late}, Order::kAsGiven), 1);
  EXPECT_EQ(check(*store, {early}, Order::kAsGiven), 0);
  std::ofstream(path_, std::ios::binary).write(whole.data(), static_cast<std::streamsize>(size));
  EXPECT_EQ(check(*store, {early, late}, Order::kAsGiven), 0);
}

TEST_F(Streamed, TooLittleRoomSaysHowMuchIsNeeded) {
  load({});
  const auto refused =
      StreamedStore::open(*checkpoint_, plan_, packer_, threads_, 1000, 0, budget(), kSilent);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOutOfMemory);
}

}  // namespace
}  // namespace tug
