// Everything above the weight store, over a hostile one: the same bits as over resident weights, and a unit
// that cannot be had fails the rows that need it and nothing else.
#include "support/hostile_store.h"

#include <set>
#include <span>

#include "support/engines.h"
#include "support/model_file.h"
#include "support/sanitized.h"

namespace tug {
namespace {

constexpr int32_t kVocabulary = 96;

std::vector<int32_t> some_tokens(int64_t count, uint64_t seed) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(uniform_at(seed, static_cast<uint64_t>(i)) * kVocabulary));
  return tokens;
}

RandomModel model_of(const char* architecture) {
  RandomModel shape;
  shape.architecture = architecture;
  shape.experts = 12, shape.top_k = 4, shape.expert_width = 96, shape.hidden = 96;
  shape.types = {Type::kQ8_0, Type::kF16, Type::kMXFP4, Type::kF32, Type::kQ4_0};
  shape.fused_gate_up = std::string(architecture) == "qwen35moe";
  return shape;
}

class Hostile : public ModelFile {};

TEST_F(Hostile, TheSameBits) {
  const Hostility hostilities[] = {
      {.seed = 1, .slots = 1, .parts_max = 1, .part_panels = 1},
      {.seed = 4, .slots = 100, .parts_max = 40, .part_panels = 3},
      {.seed = 2, .slots = 2, .parts_max = 1, .part_panels = 1000},
      {.seed = 3, .slots = 3, .parts_max = 5, .part_panels = 2},
  };
  const std::vector<int32_t> tokens = some_tokens(150, 9);
  for (const char* architecture : {"qwen35moe", "qwen3next", "qwen3moe", "qwen2moe", "qwen35", "qwen2"}) {
    SCOPED_TRACE(architecture);
    write(model_of(architecture));
    const auto expected = logits_of(*load_engine(path_, {.backend = "cpu", .threads = 2}), tokens, 100);
    for (const Hostility& hostility : std::span(hostilities).first(cases(4, 2))) {
      SCOPED_TRACE("slots " + std::to_string(hostility.slots));
      HostileStore* store = nullptr;
      auto engine = load_hostile_engine(path_, {.backend = "cpu", .threads = 2}, hostility, &store);
      for (const auto& [chunk, count] : {std::pair{1, 12}, {7, 20}, {64, 64}, {65, 130}, {150, 150}}) {
        const std::vector<int32_t> start(tokens.begin(), tokens.begin() + count);
        const std::vector<float> want(expected.begin(), expected.begin() + count * kVocabulary);
        ASSERT_EQ(logits_of(*engine, start, chunk), want) << "chunk " << chunk;
      }
      EXPECT_LE(store->slots_used_max, hostility.slots);
      EXPECT_EQ(store->open_leases(), 0);
    }
  }
}

TEST_F(Hostile, MixersCutLongRunsIntoPieces) {
  for (const char* architecture : {"qwen35moe", "qwen2"}) {
    write(model_of(architecture));
    const EngineOptions options = {.backend = "cpu", .threads = 2, .rows_max = 1100};
    const std::vector<int32_t> tokens = some_tokens(1100, 8);
    const auto expected = logits_of(*load_engine(path_, options), tokens, 300);
    auto engine = load_hostile_engine(path_, options, {.slots = 2, .parts_max = 3, .part_panels = 4});
    EXPECT_EQ(logits_of(*engine, tokens, 1100), expected) << architecture;
  }
}

TEST_F(Hostile, TheReferenceToo) {
  for (const char* architecture : {"qwen35moe", "qwen2moe"}) {
    write(model_of(architecture));
    const std::vector<int32_t> tokens = some_tokens(20, 2);
    const auto expected = logits_of(*load_engine(path_, {.backend = "reference"}), tokens, 20);
    auto engine = load_hostile_engine(path_, {.backend = "reference"},
                                      {.seed = 5, .slots = 1, .parts_max = 2, .part_panels = 1});
    EXPECT_EQ(logits_of(*engine, tokens, 3), expected);
  }
}

TEST_F(Hostile, ALayersDenseWeightsAreAnnounced) {
  write(model_of("qwen35moe"));
  HostileStore* store = nullptr;
  auto engine = load_hostile_engine(path_, {.backend = "cpu"}, {}, &store);
  logits_of(*engine, {1, 2, 3}, 3);
  for (int32_t block = 1; block < 8; ++block) {
    EXPECT_NE(std::ranges::find(store->expected, UnitId{block, -1}), store->expected.end()) << block;
  }
  EXPECT_EQ(store->expected.back(), (UnitId{UnitId::kHead, -1}));
}

TEST_F(Hostile, AnExpertIsReadOnceForAllRowsOfAPass) {
  write(model_of("qwen3moe"));
  HostileStore* store = nullptr;
  auto engine = load_hostile_engine(path_, {.backend = "cpu", .rows_max = 2000}, {.slots = 2}, &store);
  logits_of(*engine, some_tokens(1500, 3), 1500);
  std::set<std::pair<int32_t, int32_t>> seen;
  for (UnitId unit : store->requested)
    EXPECT_TRUE(seen.emplace(unit.block, unit.expert).second || unit.block == UnitId::kHead)
        << "block " << unit.block << " expert " << unit.expert;
}

/// A pass over `rows`; the logits by row, empty where the row failed.
std::vector<std::vector<float>> run_pass(Engine& engine, const std::vector<Row>& rows) {
  std::vector<std::vector<float>> all(rows.size());
  Pass pass = value_of(engine.begin(rows));
  engine.advance(pass);
  engine.finish(pass,
                [&](size_t row, std::span<float> logits) { all[row].assign(logits.begin(), logits.end()); });
  for (size_t row = 0; row < rows.size(); ++row) EXPECT_EQ(all[row].empty(), pass.error(row) != nullptr);
  return all;
}

class BrokenExpert : public Hostile, public testing::WithParamInterface<std::tuple<const char*, bool>> {};

TEST_P(BrokenExpert, FailsTheRowsThatChoseItAlone) {
  const auto [backend, late] = GetParam();
  write(model_of("qwen35moe"));
  const EngineOptions options = {.backend = backend, .threads = 2};
  const Hostility hostility = {.seed = 7,
                               .slots = 3,
                               .parts_max = 3,
                               .part_panels = 2,
                               .broken = {{5, 2}, {1, 0}},
                               .break_late = late};
  auto good = load_engine(path_, options);
  auto bad = load_hostile_engine(path_, options, hostility);
  // Sequences of two tokens, one after the other in a batch of all.
  constexpr int32_t kSequences = 30;
  std::vector<std::unique_ptr<Sequence>> together, alone, right;
  std::vector<bool> fails;
  for (int32_t i = 0; i < kSequences; ++i) {
    for (auto* list : {&together, &alone}) list->push_back(value_of(bad->new_sequence(8)));
    right.push_back(value_of(good->new_sequence(8)));
    fails.push_back(false);
  }
  for (int64_t position = 0; position < 2; ++position) {
    std::vector<Row> rows;
    std::vector<size_t> of_row;
    std::vector<std::vector<float>> expected;
    for (int32_t i = 0; i < kSequences; ++i) {
      const auto at = static_cast<size_t>(i);
      const int32_t token = (i * 31 + static_cast<int32_t>(position) * 17) % kVocabulary;
      const auto own = run_pass(*good, {{token, position, right[at].get(), true}});
      if (fails[at]) continue;
      fails[at] = run_pass(*bad, {{token, position, alone[at].get(), true}})[0].empty();
      rows.push_back({token, position, together[at].get(), true});
      of_row.push_back(at), expected.push_back(own[0]);
    }
    const auto all = run_pass(*bad, rows);
    for (size_t row = 0; row < rows.size(); ++row) {
      EXPECT_EQ(all[row].empty(), fails[of_row[row]]) << "sequence " << of_row[row];
      if (!fails[of_row[row]]) {
        EXPECT_EQ(all[row], expected[row]) << "sequence " << of_row[row];
      }
    }
  }
  const auto failed = std::ranges::count(fails, true);
  EXPECT_GT(failed, 2);
  EXPECT_LT(failed, kSequences - 2);
  for (size_t i = 0; i < together.size(); ++i) {
    Pass pass = value_of(bad->begin(std::vector<Row>{{1, together[i]->length(), together[i].get(), true}}));
    EXPECT_EQ(pass.error(0) != nullptr, fails[i]) << "a broken sequence must not be continued";
  }
}

TEST_P(BrokenExpert, EndsALongPromptAtTheFirstRowThatChoseIt) {
  const auto [backend, late] = GetParam();
  if (std::string(backend) == "reference") GTEST_SKIP() << "one path for all lengths, tested above";
  write(model_of("qwen3moe"));
  const std::vector<int32_t> tokens = some_tokens(120, 4);
  auto good = load_engine(path_, {.backend = "cpu", .threads = 2});
  const std::vector<float> expected = logits_of(*good, tokens, 120);
  auto bad = load_hostile_engine(
      path_, {.backend = "cpu", .threads = 2},
      {.slots = 2, .parts_max = 2, .part_panels = 3, .broken = {{7, 3}}, .break_late = late});
  auto mate = value_of(bad->new_sequence(8)), sequence = value_of(bad->new_sequence(200));
  std::vector<Row> rows = {{5, 0, mate.get(), true}};
  for (size_t i = 0; i < tokens.size(); ++i)
    rows.push_back({tokens[i], static_cast<int64_t>(i), sequence.get(), true});
  const auto all = run_pass(*bad, rows);
  size_t first = 1;
  for (; first < all.size() && !all[first].empty(); ++first)
    EXPECT_TRUE(std::equal(all[first].begin(), all[first].end(),
                           expected.begin() + static_cast<int64_t>((first - 1) * kVocabulary)));
  EXPECT_LT(first, all.size());
  for (size_t row = first; row < all.size(); ++row) EXPECT_TRUE(all[row].empty());
  ASSERT_NE(sequence->error(), nullptr);
  EXPECT_EQ(sequence->error()->code(), ErrorCode::kIo);
}

INSTANTIATE_TEST_SUITE_P(All, BrokenExpert,
                         testing::Combine(testing::Values("cpu", "reference"), testing::Bool()),
                         [](const auto& param) {
                           return std::string(std::get<0>(param.param)) +
                                  (std::get<1>(param.param) ? "_late" : "_at_once");
                         });

TEST_F(Hostile, BrokenDenseWeightsFailAllRowsAndNothingCrashes) {
  write(model_of("qwen35moe"));
  for (const UnitId unit : {UnitId{0, -1}, UnitId{3, -1}, UnitId{6, -1}, UnitId{UnitId::kHead, -1}}) {
    for (const char* backend : {"cpu", "reference"}) {
      auto engine = load_hostile_engine(path_, {.backend = backend}, {.broken = {unit}});
      auto one = value_of(engine->new_sequence(100)), two = value_of(engine->new_sequence(100));
      std::vector<Row> rows = {{3, 0, one.get(), true}};
      for (int32_t i = 0; i < 80; ++i) rows.push_back({i, i, two.get(), true});
      for (const auto& logits : run_pass(*engine, rows)) EXPECT_TRUE(logits.empty());
      const Status again = engine->step(std::vector<Row>{{3, one->length(), one.get(), true}},
                                        [](size_t, std::span<float>) {});
      EXPECT_FALSE(again.ok());
    }
  }
}

}  // namespace
}  // namespace tug
