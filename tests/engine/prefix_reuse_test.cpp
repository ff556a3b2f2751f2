// What was computed for earlier requests is used again, to the same bits, and never stands in the way.
#include "support/runners.h"

namespace tug {
namespace {

class PrefixReuse : public Runners, public testing::WithParamInterface<const char*> {
 protected:
  PrefixReuse() { shape_.architecture = GetParam(); }
  bool recurrent() const { return std::string_view(GetParam()) == "qwen35moe"; }
  void start_with_cache() { start({.threads = 2, .rows_max = 24}, 100, INT64_MAX / 4); }

  Request on_from(const Request& before, const Answer& answer, uint64_t seed, int64_t more) const {
    Request next = before;
    auto& tokens = next.prompt.tokens;
    tokens.insert(tokens.end(), answer.tokens.begin(), answer.tokens.end());
    const Request words = request(seed, more, 1);
    tokens.insert(tokens.end(), words.prompt.tokens.begin(), words.prompt.tokens.end());
    return next;
  }
};

INSTANTIATE_TEST_SUITE_P(Models, PrefixReuse, testing::Values("qwen3moe", "qwen35moe"));

TEST_P(PrefixReuse, ATurnCostsItsNewTokens) {
  start_with_cache();
  Request turn = request(1, 100, 30);
  Answer answer = alone(turn);
  EXPECT_EQ(answer.timings.reused_tokens, 0);
  for (uint64_t i = 2; i < 6; ++i) {
    turn = on_from(turn, answer, i, 20);
    answer = alone(turn);
    EXPECT_EQ(answer.timings.prompt_tokens, 21) << "its words, and the last token of the answer";
  }
  turn.scope = "somebody else";
  EXPECT_EQ(alone(turn).timings.reused_tokens, 0);
}

TEST_P(PrefixReuse, AnAnswerThatIsChangedStillHasItsPrompt) {
  start_with_cache();
  const Request turn = request(1, 100, 30);
  EXPECT_OK(Result<Answer>(alone(turn)));
  Answer changed;
  changed.tokens = {5, 6, 7};  // as reasoning that is left out
  EXPECT_GE(alone(on_from(turn, changed, 2, 20)).timings.reused_tokens, 100);
  EXPECT_EQ(alone(turn).timings.prompt_tokens, 1) << "the same prompt once more";
}

TEST_P(PrefixReuse, OtherConversationsShareTheInstructions) {
  start_with_cache();
  Request first = request(1, 200, 5);
  first.prompt.system_tokens = 130;
  alone(first);
  Request second = first;
  const Request words = request(2, 70, 5);
  std::ranges::copy(words.prompt.tokens, second.prompt.tokens.begin() + 130);
  EXPECT_EQ(alone(second).timings.reused_tokens, 130);
}

/// A line in the middle of the instructions that is another one each time.
TEST_P(PrefixReuse, WherePromptsPartedTheyMayPartAgain) {
  start_with_cache();
  std::vector<int64_t> reused;
  for (uint64_t i = 0; i < 3; ++i) {
    Request turn = request(1, 300, 5);
    turn.prompt.tokens[150] = static_cast<int32_t>(i);
    reused.push_back(alone(turn).timings.reused_tokens);
  }
  EXPECT_EQ(reused, (std::vector<int64_t>{0, recurrent() ? 0 : 150, 150}));
}

TEST_P(PrefixReuse, EqualPromptsAreReadOnce) {
  start_with_cache();
  std::vector<EventBox> boxes(4);
  {
    const Hold hold(*runner_);
    for (const EventBox& box : boxes) value_of(runner_->submit(request(1, 100, 8), box.sink()));
  }
  int64_t computed = 0;
  for (const EventBox& box : boxes) computed += value_of(box.answer()).timings.prompt_tokens;
  EXPECT_LE(computed, 103 + 3 * 24) << "but for steps that began before the first one's end";
}

TEST_P(PrefixReuse, StatesGiveWayToLiveRequests) {
  start_with_room(256, 1, INT64_MAX / 4);
  alone(request(1, 100, 20));
  alone(request(2, 100, 20));
  EXPECT_GT(engine_->sequences_bytes(), 0);
  EXPECT_EQ(alone(request(3, 200, 50)).tokens.size(), 50u) << "needs nearly all of the memory";
  auto remembered = std::make_shared<Remembered>();
  runner_->run([&] {
    runner_->make_room(engine_->sequence_bytes(256));
    EXPECT_OK(remembered->reserve(*engine_, 256, 256));
    remembered->forget();
  });
}

/// Conversations that fork, in two scopes, some cancelled, in memory for a few of them.
TEST_P(PrefixReuse, RandomConversationsHaveTheSameBits) {
  start();
  uint64_t draws = 0;
  const auto draw = [&](int64_t below) {
    return static_cast<int64_t>(uniform_at(7, draws++) * static_cast<double>(below));
  };
  std::vector<Request> turns;
  std::vector<Answer> expected;
  for (uint64_t i = 0; i < 40; ++i) {
    Request turn = request(i, 1 + draw(150), 1 + draw(20));
    if (i > 0 && draw(4) > 0) {
      const auto before = static_cast<size_t>(draw(static_cast<int64_t>(i)));
      turn = on_from(turns[before], expected[before], i, 1 + draw(30));
      auto& tokens = turn.prompt.tokens;
      if (draw(4) == 0) tokens[static_cast<size_t>(draw(std::ssize(tokens)))] ^= 1;
      if (std::ssize(tokens) > 350) tokens.resize(static_cast<size_t>(1 + draw(350)));
    }
    turn.prompt.system_tokens = draw(2) * draw(std::ssize(turn.prompt.tokens));
    turn.scope = draw(2) > 0 ? "a" : "b";
    turn.options.log_probabilities = 1;
    turns.push_back(turn);
    expected.push_back(alone(turn));
  }
  start_with_room(400, 3, INT64_MAX / 4);
  int64_t reused = 0;
  for (size_t first = 0; first < turns.size(); first += 5) {  // five at a time
    std::vector<EventBox> boxes(5);
    for (size_t i = 0; i < 5; ++i) {
      const Ticket ticket = value_of(runner_->submit(turns[first + i], boxes[i].sink()));
      if (draw(6) == 0) runner_->cancel(ticket);
    }
    for (size_t i = 0; i < 5; ++i) {
      const Answer answer = value_of(boxes[i].answer());
      reused += answer.timings.reused_tokens;
      ASSERT_TRUE(answer.finish == FinishReason::kCancelled || answer.tokens == expected[first + i].tokens);
      for (size_t token = 0; token < answer.tokens.size(); ++token) {
        ASSERT_EQ(answer.log_probabilities[token].log_probability,
                  expected[first + i].log_probabilities[token].log_probability)
            << "turn " << first + i << ", token " << token;
      }
    }
  }
  EXPECT_GT(reused, 300) << "too little to say something";
  runner_.reset();
  EXPECT_EQ(engine_->sequences_bytes(), 0) << "memory was lost";
}

}  // namespace
}  // namespace tug
