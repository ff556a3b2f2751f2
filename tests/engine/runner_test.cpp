// The engine's thread and its scheduler: fair shares, full queues, memory that runs out, rows that fail.
#include "engine/runner.h"

#include <fstream>

#include "support/runners.h"

namespace tug {
namespace {

using Shares = std::vector<int64_t>;

TEST(ShareRows, WhoWantsFewGetsAll) {
  EXPECT_EQ(share_rows(Shares{}, 8), Shares{});
  EXPECT_EQ(share_rows(Shares{1000}, 8), Shares{8});
  EXPECT_EQ(share_rows(Shares{1, 1000, 1}, 8), (Shares{1, 6, 1}));
  EXPECT_EQ(share_rows(Shares{1000, 3, 1000}, 9), (Shares{6, 3, 0}));
  EXPECT_EQ(share_rows(Shares{1000, 2, 1000}, 9), (Shares{7, 2, 0}));
  EXPECT_EQ(share_rows(Shares{1000, 30, 1, 500}, 41), (Shares{20, 20, 1, 0}));
  EXPECT_EQ(share_rows(Shares{1000, 10, 1, 500}, 41), (Shares{15, 10, 1, 15}));
  EXPECT_EQ(share_rows(Shares{1, 1, 1}, 2), (Shares{1, 1, 0}));
}

TEST_F(Runners, ALongPromptIsReadStepByStep) {
  start();
  const EventBox prompt;
  value_of(runner_->submit(request(1, 200, 1), prompt.sink()));
  std::vector<int64_t> steps;
  const auto progress = only<PromptProgress>(prompt.all());
  for (size_t i = 1; i < progress.size(); ++i) steps.push_back(progress[i].done - progress[i - 1].done);
  EXPECT_EQ(steps, (std::vector<int64_t>{24, 24, 24, 24, 24, 24, 24, 24, 8}));
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

TEST_F(Runners, ASessionThatCancelsKeepsWhatItHad) {
  start();
  const auto ended = [](const Runner::Reading& reading) {
    for (std::optional<Event> event; !event || !std::holds_alternative<Answer>(*event);)
      event = reading.delivery->events.take(std::chrono::seconds(1));
  };
  auto remembered = std::make_shared<Remembered>();
  Request turn = request(1, 100, 5);
  ended(value_of(runner_->submit(turn, remembered)));
  for (int i = 0; i < 10; ++i) {
    const auto held = remembered->tokens;
    EXPECT_GE(held.size(), 104u);
    turn.prompt.tokens = held;
    const Request words = request(2, 300, 1);
    turn.prompt.tokens.insert(turn.prompt.tokens.end(), words.prompt.tokens.begin(),
                              words.prompt.tokens.end());
    const Runner::Reading reading = value_of(runner_->submit(turn, remembered));
    reading.delivery->events.take(std::chrono::seconds(1));  // its turn has come
    runner_->cancel(reading.ticket);
    ended(reading);
    EXPECT_GE(remembered->tokens.size(), held.size()) << "cancelled in the middle of a pass";
  }
  runner_->run([&] { remembered->forget(); });
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
  runner_.emplace(*engine_, tokenizer_, no_stop_, 100, 0);
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
