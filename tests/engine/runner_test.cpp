// The engine's thread and its scheduler: fair shares, full queues, memory that runs out, rows that fail.
#include "engine/runner.h"

#include <fstream>

#include "files/embedded_demo.h"
#include "support/engines.h"
#include "support/event_box.h"
#include "support/hostile_store.h"
#include "support/random_model.h"
#include "support/temp_dir.h"
#include "text/load_tokenizer.h"

namespace tug {
namespace {

using Shares = std::vector<int64_t>;

TEST(ShareRows, WhoWantsFewGetsAll) {
  EXPECT_EQ(share_rows(Shares{}, 8), Shares{});
  EXPECT_EQ(share_rows(Shares{1000}, 8), Shares{8});
  EXPECT_EQ(share_rows(Shares{1, 1000, 1}, 8), (Shares{1, 6, 1}));
  EXPECT_EQ(share_rows(Shares{1000, 3, 1000}, 9), (Shares{3, 3, 3}));
  EXPECT_EQ(share_rows(Shares{1000, 2, 1000}, 9), (Shares{4, 2, 3}));
  EXPECT_EQ(share_rows(Shares{1, 1, 1}, 2), (Shares{1, 1, 0}));
}

/// While it lives, the engine does nothing.
class Hold {
 public:
  explicit Hold(Runner& runner)
      : holder_([&] {
          runner.run([&] {
            standing_.open();
            go_on_.wait();
          });
        }) {
    standing_.wait();
  }
  ~Hold() {
    go_on_.open();
    holder_.join();
  }

 private:
  Gate standing_, go_on_;
  std::thread holder_;
};

/// A random model with room for so many tokens' state, the tokenizer of the demo, and a runner.
class Runners : public testing::Test {
 protected:
  Runners() : tokenizer_(value_of(load_tokenizer(value_of(open_embedded_demo())))) {
    shape_.types = {Type::kF16, Type::kQ8_0};
    path_ = directory_ / "model.gguf";
  }

  void start(EngineOptions options = {.threads = 2, .rows_max = 24}, int64_t waiting_max = 100) {
    runner_.reset();
    make_random_model(shape_).write(path_);
    engine_ = load_engine(path_, options);
    runner_.emplace(*engine_, tokenizer_, no_stop_, waiting_max);
  }
  /// The same with memory for so many sequences of `tokens` tokens beside the weights.
  void start_with_room(int64_t tokens, int64_t sequences = 1) {
    start();
    const int64_t room = sequences * engine_->sequence_bytes(tokens);
    const int64_t others = engine_->options().memory_limit - engine_->sequences_limit();
    start({.threads = 2, .memory_limit = others + room, .rows_max = 24});
  }
  void start_hostile(const Hostility& hostility) {
    runner_.reset();
    make_random_model(shape_).write(path_);
    engine_ = load_hostile_engine(path_, {.threads = 2, .rows_max = 24}, hostility);
    runner_.emplace(*engine_, tokenizer_, no_stop_, 100);
  }

  Request request(uint64_t seed, int64_t prompt, int64_t answer) const {
    Request r{.prompt = {.raw = true}, .options = {.tokens_max = answer}};
    for (int64_t i = 0; i < prompt; ++i) {
      const double at = uniform_at(seed, static_cast<uint64_t>(i));
      r.prompt.tokens.push_back(static_cast<int32_t>(at * static_cast<double>(shape_.vocabulary)));
    }
    r.options.sampling.seed = seed;
    return r;
  }
  Answer alone(const Request& r) {
    const EventBox box;
    value_of(runner_->submit(r, box.sink()));
    return value_of(box.answer());
  }

  TempDir directory_;
  std::string path_;
  RandomModel shape_;
  Tokenizer tokenizer_;
  std::vector<int32_t> no_stop_;
  std::unique_ptr<Engine> engine_;
  std::optional<Runner> runner_;
};

TEST_F(Runners, EveryStepHasRowsOfAll) {
  start();
  const EventBox prompt, answer;
  {
    const Hold hold(*runner_);
    value_of(runner_->submit(request(1, 200, 1), prompt.sink()));
    value_of(runner_->submit(request(2, 10, 5), answer.sink()));
  }
  EXPECT_OK(prompt.answer());
  std::vector<int64_t> steps;
  const auto progress = only<PromptProgress>(prompt.all());
  for (size_t i = 1; i < progress.size(); ++i) steps.push_back(progress[i].done - progress[i - 1].done);
  EXPECT_EQ(steps, (std::vector<int64_t>{14, 23, 23, 23, 23, 24, 24, 24, 22}));
}

TEST_F(Runners, AFullQueueRefusesAndCancelsInIt) {
  start({.threads = 1}, 2);
  std::optional<Hold> hold(*runner_);
  const EventBox first, second, third;
  value_of(runner_->submit(request(1, 10, 5), first.sink()));
  const Ticket ticket = value_of(runner_->submit(request(2, 10, 5), second.sink()));
  const auto refused = runner_->submit(request(3, 10, 5), third.sink());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOverloaded);
  EXPECT_NE(refused.error().message().find("2 requests"), std::string::npos);
  runner_->cancel(ticket);
  hold.reset();
  EXPECT_EQ(value_of(first.answer()).tokens.size(), 5u);
  EXPECT_EQ(value_of(second.answer()).finish, FinishReason::kCancelled);
  EXPECT_TRUE(value_of(second.answer()).tokens.empty());
  EXPECT_OK(runner_->submit(request(3, 10, 5), third.sink()));
  EXPECT_OK(third.answer());
  runner_->cancel(ticket);  // has ended long ago
}

TEST_F(Runners, WorkThatThrowsComesThrough) {
  start();
  EXPECT_THROW(runner_->run([] { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_EQ(alone(request(1, 10, 5)).tokens.size(), 5u);
}

TEST_F(Runners, WhatNeverFitsIsRefusedWithTheNumbers) {
  start_with_room(128);
  const EventBox box;
  const auto refused = runner_->submit(request(1, 200, 5), box.sink());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOutOfMemory);
  EXPECT_NE(refused.error().message().find("201 tokens"), std::string::npos) << refused.error().message();
  Request wide = request(1, 20, 5);
  wide.context = 1000;
  EXPECT_EQ(runner_->submit(wide, box.sink()).error().code(), ErrorCode::kOutOfMemory);
}

TEST_F(Runners, AnAnswerEndsWhereTheMemoryEnds) {
  start_with_room(128);
  const Answer answer = alone(request(1, 100, -1));
  EXPECT_EQ(answer.finish, FinishReason::kContextFull);
  EXPECT_EQ(answer.tokens.size(), 28u);
}

TEST_F(Runners, ParkedRequestsGoOnWithTheSameBits) {
  for (const char* architecture : {"qwen3moe", "qwen35moe"}) {
    shape_.architecture = architecture;
    start();
    std::vector<Answer> expected;
    for (uint64_t i = 0; i < 4; ++i)
      expected.push_back(alone(request(i, 20 + 9 * static_cast<int64_t>(i), 80)));
    start_with_room(64, 3);  // three begin, and all outgrow it
    std::vector<EventBox> boxes(4);
    for (uint64_t i = 0; i < 4; ++i) {
      value_of(runner_->submit(request(i, 20 + 9 * static_cast<int64_t>(i), 80), boxes[i].sink()));
    }
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(value_of(boxes[i].answer()).tokens, expected[i].tokens) << architecture << " " << i;
      int64_t done = -1;
      for (const auto& progress : only<PromptProgress>(boxes[i].all())) {
        EXPECT_GT(progress.done, done) << "progress fell";
        done = progress.done;
      }
      EXPECT_EQ(only<SampledToken>(boxes[i].all()).size(), 80u) << "a token was sent twice";
    }
  }
}

TEST_F(Runners, ParkingAndCancelsAtRandom) {
  start();
  const auto draw = [](uint64_t i, uint64_t what, int64_t below) {
    return static_cast<int64_t>(uniform_at(i, what) * static_cast<double>(below));
  };
  std::vector<Request> requests;
  std::vector<Answer> expected;
  for (uint64_t i = 0; i < 24; ++i) {
    requests.push_back(request(i, 1 + draw(i, 1, 90), 1 + draw(i, 2, 70)));
    expected.push_back(alone(requests.back()));
  }
  start_with_room(192, 2);
  std::vector<EventBox> boxes(24);
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = thread; i < 24; i += 4) {
        const Ticket ticket = value_of(runner_->submit(requests[i], boxes[i].sink()));
        if (draw(i, 3, 3) > 0) continue;
        boxes[i].wait_for(static_cast<size_t>(draw(i, 4, 30)));
        runner_->cancel(ticket);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t i = 0; i < 24; ++i) {
    const Answer answer = value_of(boxes[i].answer());
    std::vector<int32_t> start_of = expected[i].tokens;
    if (answer.finish == FinishReason::kCancelled) start_of.resize(answer.tokens.size());
    EXPECT_EQ(answer.tokens, start_of) << i;
  }
  EXPECT_EQ(engine_->sequences_bytes(), 0) << "memory was lost";
}

TEST_F(Runners, ASlowReaderIsParkedWhenOthersNeedTheMemory) {
  start_with_room(400);
  Gate gate;
  const EventBox slow, quick;
  value_of(runner_->submit(request(1, 20, 300), [&, sink = slow.sink()](const Event& event) {
    gate.wait();
    sink(event);
  }));
  value_of(runner_->submit(request(2, 200, 150), quick.sink()));
  EXPECT_EQ(value_of(quick.answer()).tokens.size(), 150u);
  EXPECT_FALSE(slow.ended());
  gate.open();
  EXPECT_EQ(value_of(slow.answer()).tokens.size(), 300u);
}

TEST_F(Runners, AnIdleSessionsMemoryIsNotTaken) {
  start_with_room(256);
  auto remembered = std::make_shared<Remembered>();
  Request mine = request(1, 100, 20);
  mine.context = 200;
  const Runner::Reading reading = value_of(runner_->submit(mine, remembered));
  for (std::optional<Event> event; !event || !std::holds_alternative<Answer>(*event);)
    event = reading.delivery->events.take(std::chrono::seconds(1));
  EXPECT_EQ(remembered->tokens.size(), 119u);
  const EventBox box;
  value_of(runner_->submit(request(2, 200, 10), box.sink()));
  const auto refused = box.answer();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kOutOfMemory);
  runner_->run([&] { remembered->forget(); });
  EXPECT_EQ(alone(request(2, 200, 10)).tokens.size(), 10u);
}

TEST_F(Runners, LogitsThatAreNoNumbersEndTheRequest) {
  start();
  const Checkpoint checkpoint = value_of(Checkpoint::open(path_));
  const std::vector<float> huge(static_cast<size_t>(shape_.hidden), 3e38f);  // finite, but not what it makes
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(checkpoint.find("output_norm.weight")->bytes.offset);
  file.write(reinterpret_cast<const char*>(huge.data()), static_cast<std::streamsize>(huge.size() * 4));
  file.close();
  runner_.reset();
  engine_ = load_engine(path_, {.threads = 1});
  runner_.emplace(*engine_, tokenizer_, no_stop_, 100);
  const EventBox box;
  value_of(runner_->submit(request(1, 5, 5), box.sink()));
  const auto answer = box.answer();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::kCorrupt);
}

TEST_F(Runners, AUnitThatCannotBeHadEndsOnlyThoseThatNeedIt) {
  shape_.architecture = "qwen3moe";
  shape_.experts = 12, shape_.top_k = 1, shape_.layers = 1;
  start();
  std::vector<Answer> expected;
  for (uint64_t i = 0; i < 12; ++i) expected.push_back(alone(request(i, 2, 2)));
  start_hostile({.slots = 3, .parts_max = 2, .broken = {{1, 3}, {1, 7}}});
  std::vector<EventBox> boxes(12);
  for (uint64_t i = 0; i < 12; ++i) value_of(runner_->submit(request(i, 2, 2), boxes[i].sink()));
  size_t failed = 0;
  for (size_t i = 0; i < 12; ++i) {
    const auto answer = boxes[i].answer();
    if (answer.ok()) EXPECT_EQ(answer.value().tokens, expected[i].tokens) << i;
    else ++failed;
  }
  EXPECT_GT(failed, 0u);
  EXPECT_LT(failed, 12u);
}

}  // namespace
}  // namespace tug
