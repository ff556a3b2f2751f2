// An answer that repeats itself without end is told from code, tables and dumps.
#include "engine/repetition.h"

#include <fstream>
#include <iterator>

#include "base/random.h"
#include "support/runners.h"

namespace tug {
namespace {

using Tokens = std::vector<int32_t>;

/// What the function is defined by.
bool by_hand(const Tokens& tokens) {
  const auto count = static_cast<int64_t>(tokens.size());
  for (int64_t p = 1; p <= kCircleMax; ++p) {
    const int64_t wanted = std::max(kCircledTokens, kCircles * p);
    if (wanted > count) continue;
    if (std::equal(tokens.end() - wanted + p, tokens.end(), tokens.end() - wanted)) return true;
  }
  return false;
}

Tokens random_tokens(uint64_t seed, int64_t count, uint64_t vocabulary) {
  Tokens tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(mix_bits(mix_bits(seed) + static_cast<uint64_t>(i)) % vocabulary));
  return tokens;
}

/// A random text that ends with a random circle, `length` tokens in all.
Tokens circle(uint64_t seed, int64_t before, int64_t period, int64_t length) {
  Tokens tokens = random_tokens(seed, before, 1000);
  const Tokens once = random_tokens(seed + 1, period, 1000);
  for (int64_t i = 0; i < length; ++i) tokens.push_back(once[static_cast<size_t>(i % period)]);
  return tokens;
}

TEST(Repetition, IsSureAtItsLengthAndNotBefore) {
  for (int64_t period = 1; period <= kCircleMax; ++period) {
    const auto seed = static_cast<uint64_t>(3 * period);
    const int64_t length = std::max(kCircledTokens, kCircles * period);
    Tokens tokens = circle(seed, 100, period, length);
    tokens[99] = 1001;  // the circle begins after it
    EXPECT_TRUE(goes_in_circles(tokens)) << period;
    EXPECT_FALSE(goes_in_circles(std::span(tokens).first(tokens.size() - 1))) << period;
    tokens.push_back(1001);  // it has found its way out
    EXPECT_FALSE(goes_in_circles(tokens)) << period;
  }
  EXPECT_FALSE(goes_in_circles(circle(1, 0, kCircleMax + 1, 10'000))) << "too long to be one";
  EXPECT_FALSE(goes_in_circles({}));
}

TEST(Repetition, IsWhatItsDefinitionSays) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const auto draw = [&](uint64_t what, uint64_t below) {
      return static_cast<int64_t>(mix_bits(mix_bits(seed) + what) % below);
    };
    Tokens tokens = circle(seed, draw(1, 50), 1 + draw(2, 600), 1500 + draw(3, 4000));
    const auto at = static_cast<size_t>(draw(4, tokens.size()));
    if (draw(5, 2) == 0) tokens[at] = -1;
    EXPECT_EQ(goes_in_circles(tokens), by_hand(tokens)) << seed;
    const Tokens two = random_tokens(seed, 5000, 1 + static_cast<uint64_t>(seed % 3));
    EXPECT_EQ(goes_in_circles(two), by_hand(two)) << seed;
  }
}

/// Bytes are the shortest tokens of all: real ones repeat less.
Tokens bytes_of(const std::string& text) { return Tokens(text.begin(), text.end()); }

TEST(Repetition, IsNotInCodeAndTables) {
  std::string table = "| n | square | |\n|---|---|---|\n", dump = "char zeros[256] = {", list;
  for (int i = 0; i < 3000; ++i) {
    table += "| " + std::to_string(i) + " | " + std::to_string(i * i) + " | yes |\n";
    list += "    case " + std::to_string(i) + ": return kName" + std::to_string(i) + ";\n";
  }
  for (int i = 0; i < 256; ++i) dump += i % 16 == 0 ? "\n  0, " : "0, ";
  std::string source;
  for (const char* name : {"/src/kernels/formats.def", "/src/server/call.cpp", "/tests/CMakeLists.txt"}) {
    std::ifstream file(TUG_SOURCE_DIR + std::string(name));
    source.append(std::istreambuf_iterator<char>(file), {});
  }
  ASSERT_GT(source.size(), 10'000u);
  for (const std::string& text : {table, list, dump + "};\n" + std::string(79, '-') + "\n", source}) {
    const Tokens tokens = bytes_of(text);
    for (size_t end = 0; end <= tokens.size(); end += 64)
      ASSERT_FALSE(goes_in_circles(std::span(tokens).first(end))) << text.substr(end < 80 ? 0 : end - 80, 80);
  }
}

TEST_F(Runners, AnAnswerThatGoesInCirclesEnds) {
  start();
  Request r = request(1, 10, 5000);
  r.options.sampling.temperature = 0;
  r.options.sampling.logit_bias = {{7, 1000}};
  const Answer answer = alone(r);
  EXPECT_EQ(answer.finish, FinishReason::kRepetition);
  EXPECT_EQ(answer.tokens, Tokens(kCircledTokens, 7));
  r.options.ignore_stop_tokens = true;
  r.options.tokens_max = kCircledTokens + 100;
  EXPECT_EQ(alone(r).finish, FinishReason::kLength);
}

}  // namespace
}  // namespace tug
