// A minute of reading a prompt, by a clock of the test's own: clients hear of it in every dialect.
#include "server/dialects/prompt_watch.h"
#include "server/dialects/replay.h"
#include "server/http/http_limits.h"
#include "server/http/silence.h"
#include "server/server.h"

namespace tug {
namespace {

using std::chrono::milliseconds;

/// Times, in milliseconds, of the frames with data that a silent stream sends in a minute. The one who looks
/// is up to two seconds late.
std::vector<int64_t> frames_of(const Dialect& dialect, const std::string& body, uint64_t seed) {
  const milliseconds silence = ServerOptions().heartbeat;
  const milliseconds every = look_every(silence, HttpLimits().stall_time);
  const auto writer = writer_of(dialect, body);
  std::string out;
  writer->begin(out);
  std::vector<int64_t> times = {0};
  milliseconds last_sent{0};
  for (milliseconds now{0}; now < milliseconds(60'000);) {
    now += every + milliseconds(mix_bits(seed++) % 2'000);
    writer->progress(0, {.done = now.count(), .total = 60'000}, out);
    if (!must_speak(silence, now - last_sent)) continue;
    out.clear();
    writer->heartbeat(out);
    last_sent = now;
    const std::vector<Json> frames = data_of(out);
    EXPECT_EQ(frames.size(), 1u) << out;
    EXPECT_EQ(at(frames.at(0), "prompt_progress.processed").as_integer(), now.count());
    times.push_back(now.count());
  }
  return times;
}

TEST(Heartbeat, AMinuteOfReadingHasNoGapOfTenSeconds) {
  const std::string chat = R"({"messages": [{"role": "user", "content": "x"}], "stream": true})";
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (const auto& times : {frames_of(kOpenAiChat, chat, seed), frames_of(kAnthropicMessages, chat, seed),
                              frames_of(kOpenAiResponses, R"({"input": "x", "stream": true})", seed)}) {
      EXPECT_GT(times.back(), 50'000);
      for (size_t i = 1; i < times.size(); ++i) {
        EXPECT_LE(times[i] - times[i - 1], 10'000);
        EXPECT_GE(times[i] - times[i - 1], 5'000) << "more often than it helps";
      }
    }
  }
}

TEST(Heartbeat, SaysHowLongTheRestWillTake) {
  PromptWatch watch;
  EXPECT_FALSE(watch.begun());
  watch.note({.done = 100, .total = 1100, .reused = 100}, 3);  // it had waited
  EXPECT_EQ(watch.json(4).find("time_left_ms"), nullptr) << "there is no rate yet";
  watch.note({.done = 350, .total = 1100, .reused = 100}, 8);
  EXPECT_EQ(watch.json(8).dump(),
            R"({"total":1100,"cache":100,"processed":350,"time_ms":8000,"time_left_ms":15000})");
  EXPECT_EQ(at(watch.json(10), "time_left_ms").as_integer(), 13'000);
  EXPECT_EQ(at(watch.json(100), "time_left_ms").as_integer(), 0);
}

}  // namespace
}  // namespace tug
