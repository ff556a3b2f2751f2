// Reasoning that takes too long ends with a sentence and its tag, and the answer goes on: the same tokens
// alone, among others and after a pause.
#include "engine/reasoning_budget.h"

#include "support/runners.h"

namespace tug {
namespace {

class Budgets : public Runners {
 protected:
  Budgets() : begin_(*tokenizer_.id_of("<think>")), end_(*tokenizer_.id_of("</think>")) {
    shape_.vocabulary = tokenizer_.size();
  }
  ReasoningBudget budget(int64_t tokens, bool open) const {
    return value_of(ReasoningBudget::make(tokenizer_, tokens, open));
  }
  /// Takes what is forced now; all of it.
  std::vector<int32_t> forced(ReasoningBudget& budget) const {
    std::vector<int32_t> tokens;
    while (const auto token = budget.forced()) {
      tokens.push_back(*token);
      budget.note(*token);
    }
    return tokens;
  }
  Request reasoning(uint64_t seed, int64_t budget) const {
    Request r = request(seed, 30, 100);
    r.prompt.raw = false;
    r.prompt.in_reasoning = true;
    r.options.reasoning_max = budget;
    r.options.log_probabilities = 0;
    return r;
  }

  int32_t begin_, end_;
};

TEST_F(Budgets, CountReasoningAlone) {
  ReasoningBudget none, open = budget(3, true), closed = budget(2, false);
  const std::vector<int32_t> closing = open.closing();
  ASSERT_GT(closing.size(), 3u);
  for (int i = 0; i < 100; ++i) {
    none.note(1);
    closed.note(1);
    EXPECT_FALSE(none.forced() || closed.forced());
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(open.forced());
    open.note(1);
  }
  EXPECT_EQ(forced(open), closing);
  EXPECT_EQ(std::count(closing.begin(), closing.end(), end_), 1);
  open.note(1);
  EXPECT_FALSE(open.forced());
  open.note(begin_);  // once more: there is nothing left
  EXPECT_EQ(forced(open), closing);

  closed.note(begin_);
  closed.note(1);
  closed.note(end_);  // by itself
  closed.note(1);
  EXPECT_FALSE(closed.forced());
  closed.note(begin_);
  closed.note(1);
  EXPECT_EQ(forced(closed), closing);
  ReasoningBudget zero = budget(0, true);
  EXPECT_EQ(forced(zero), closing);
}

TEST_F(Budgets, CutNoCharacter) {
  const std::vector<int32_t> word = value_of(tokenizer_.encode("\U0001F6F3", Tokenizer::Controls::kAsText));
  ASSERT_GT(word.size(), 1u) << "the demo knows no ships";
  ReasoningBudget open = budget(1, true);
  for (const int32_t token : word) {
    EXPECT_FALSE(open.forced());
    open.note(token);
  }
  EXPECT_EQ(forced(open), open.closing());
}

TEST_F(Budgets, AnAnswerFollowsTheSentence) {
  for (const char* architecture : {"qwen3moe", "qwen35moe"}) {
    shape_.architecture = architecture;
    start();
    const std::vector<int32_t> closing = budget(0, true).closing();
    std::vector<Request> requests;
    std::vector<Answer> expected;
    for (uint64_t i = 0; i < 4; ++i) {
      const auto length = static_cast<int64_t>(3 * i + 1);
      requests.push_back(reasoning(i, length));
      expected.push_back(alone(requests.back()));
      const Answer& answer = expected.back();
      ASSERT_EQ(answer.tokens.size(), 100u);
      EXPECT_EQ(answer.log_probabilities.size(), 100u);
      const auto at = std::search(answer.tokens.begin(), answer.tokens.end(), closing.begin(), closing.end());
      EXPECT_GE(at - answer.tokens.begin(), length) << i;
      EXPECT_LE(at - answer.tokens.begin(), length + 3) << i << ": the rest of a character";
      EXPECT_TRUE(answer.reasoning.ends_with("what I know now.")) << answer.reasoning;
      EXPECT_FALSE(answer.text.empty());
      Request free = requests.back();
      free.options.reasoning_max = -1;
      const std::vector<int32_t> without = alone(free).tokens;
      EXPECT_TRUE(std::equal(without.begin(), without.begin() + length, answer.tokens.begin()));
    }
    start_with_room(64, 3);  // three begin, and all outgrow it
    std::vector<EventBox> boxes(4);
    for (uint64_t i = 0; i < 4; ++i) value_of(runner_->submit(requests[i], boxes[i].sink()));
    for (uint64_t i = 0; i < 4; ++i) {
      const Answer answer = value_of(boxes[i].answer());
      EXPECT_EQ(answer.tokens, expected[i].tokens) << architecture << " " << i;
      EXPECT_EQ(answer.reasoning, expected[i].reasoning);
    }
  }
}

}  // namespace
}  // namespace tug
