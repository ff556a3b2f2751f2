// Requests: many at once give what each gives alone; limits refuse; nobody is held up by a slow or a broken
// reader; every request ends with exactly one last event.
#include <algorithm>
#include <barrier>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/random.h"
#include "files/checkpoint.h"
#include "support/event_box.h"
#include "support/sanitized.h"
#include "support/temp_dir.h"
#include "tugboat/model.h"

namespace tug {
namespace {

const Model& demo() {
  static const Model model = value_of(Model::open("demo", {}));
  return model;
}

Prompt chat(const Model& model, const std::string& text) {
  return value_of(model.text().chat_prompt({{"user", text}}, {}));
}

/// An answer that goes on until the context is full; longer than what waits for a reader.
Request endless(const Model& model) {
  return {.prompt = chat(model, "Tell me a story."),
          .options = {.sampling = {.temperature = 0}, .ignore_stop_tokens = true},
          .context = 300};
}

Answer alone(const Model& model, const Request& request) {
  Session session = value_of(model.new_session(request.context));
  return value_of(session.generate(request.prompt, request.options, nullptr));
}

void expect_same(const Answer& a, const Answer& b) {
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.reasoning, b.reasoning);
  EXPECT_EQ(a.finish, b.finish);
  EXPECT_EQ(a.tool_calls.size(), b.tool_calls.size());
}

/// Prompts of many lengths; greedy and sampled, with penalties, biases and stop strings.
std::vector<Request> assortment(const Model& model) {
  const char* const words[] = {"Hello! My name is Ada.", "What is the capital of Italy?", "Tell me a joke.",
                               "Tell me a story about a brave mouse."};
  std::vector<Request> requests;
  for (uint64_t i = 0; i < 12; ++i) {
    std::string text = words[i % 4];
    for (uint64_t repeat = 0; repeat < i / 4; ++repeat) text += " " + text;
    Request request{.prompt = chat(model, text)};
    request.options.tokens_max = static_cast<int64_t>(8 + cases(5, 2) * i);
    Sampling& sampling = request.options.sampling;
    sampling.seed = i;
    if (i % 3 == 0) sampling.temperature = 0;
    if (i % 3 == 1) sampling.top_k = 20, sampling.top_p = 0.9;
    if (i % 4 == 2) sampling.repetition_penalty = 1.2, sampling.presence_penalty = 0.5;
    if (i % 4 == 3) sampling.frequency_penalty = 0.4, sampling.logit_bias = {{17, 2.0}};
    if (i % 5 == 0) request.options.stop = {" is ", "mouse"};
    requests.push_back(std::move(request));
  }
  return requests;
}

bool begins_with(const std::vector<int32_t>& tokens, const std::vector<int32_t>& start) {
  return start.size() <= tokens.size() && std::equal(start.begin(), start.end(), tokens.begin());
}

TEST(Requests, EightThreadsTwentyRequestsRandomCancels) {
  const Model model = value_of(Model::open("demo", {.threads = 2, .chunk = 24}));
  const std::vector<Request> requests = assortment(model);
  std::vector<Answer> expected;
  for (const Request& request : requests) expected.push_back(alone(model, request));
  const auto work = [&](uint64_t thread) {
    struct Live {
      size_t which;
      bool cancelled;
      EventBox box;
    };
    std::vector<Live> live;
    for (uint64_t i = 0; i < 20; ++i) {
      const auto which = static_cast<size_t>(uniform_at(thread, i) * static_cast<double>(requests.size()));
      const double fate = uniform_at(thread, 100 + i);
      live.push_back({which, fate < 0.4, {}});
      const Ticket ticket = value_of(model.submit(requests[which], live.back().box.sink()));
      if (fate >= 0.4) continue;
      if (fate > 0.1) live.back().box.wait_for(static_cast<size_t>(fate * 40));
      model.cancel(ticket);
    }
    for (const Live& one : live) {
      const Answer answer = value_of(one.box.answer());
      if (one.cancelled && answer.finish == FinishReason::kCancelled) {
        EXPECT_TRUE(begins_with(expected[one.which].tokens, answer.tokens));
      } else {
        expect_same(answer, expected[one.which]);
      }
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 8; ++thread) threads.emplace_back(work, thread);
  for (std::thread& thread : threads) thread.join();
}

TEST(Requests, EventsTellTheWholeStoryInOrder) {
  const Model model = value_of(Model::open("demo", {.chunk = 16}));
  std::string text = "Tell me a story.";
  for (int i = 0; i < 3; ++i) text += " " + text;
  const Request request{.prompt = chat(model, text), .options = {.tokens_max = 30}};
  const EventBox box;
  value_of(model.submit(request, box.sink()));
  const std::vector<Event> events = box.all();
  const auto total = static_cast<int64_t>(request.prompt.tokens.size());
  const auto progress = only<PromptProgress>(events);
  ASSERT_GE(static_cast<int64_t>(progress.size()), total / 16);
  EXPECT_EQ(progress.front().done, 0);
  EXPECT_EQ(progress.back().done, total);
  for (size_t i = 1; i < progress.size(); ++i) {
    EXPECT_GT(progress[i].done, progress[i - 1].done);
    EXPECT_LE(progress[i].done - progress[i - 1].done, 16);
    EXPECT_EQ(progress[i].total, total);
  }
  for (size_t i = 0; i < progress.size(); ++i) EXPECT_TRUE(std::get_if<PromptProgress>(&events[i])) << i;

  const Answer answer = value_of(box.answer());
  std::vector<int32_t> tokens;
  for (const SampledToken& token : only<SampledToken>(events)) tokens.push_back(token.token);
  EXPECT_EQ(tokens, answer.tokens);
  std::string shown;
  for (const Piece& piece : only<Piece>(events)) shown += piece.text;
  EXPECT_EQ(shown, answer.text);
  EXPECT_EQ(answer.timings.prompt_tokens, total);
  EXPECT_EQ(answer.timings.answer_tokens, 30);
  EXPECT_EQ(answer.finish, FinishReason::kLength);
}

TEST(Requests, LogProbabilitiesAreTheModelsOwn) {
  Request request{.prompt = chat(demo(), "Tell me a joke."), .options = {.tokens_max = 12}};
  request.options.sampling = {.temperature = 0.7, .top_k = 5, .repetition_penalty = 1.3, .seed = 3};
  request.options.log_probabilities = 4;
  const EventBox box;
  value_of(demo().submit(request, box.sink()));
  const Answer answer = value_of(box.answer());
  ASSERT_EQ(answer.log_probabilities.size(), 12u);

  std::vector<int32_t> all = request.prompt.tokens;
  all.insert(all.end(), answer.tokens.begin(), answer.tokens.end());
  std::vector<std::vector<double>> softmax;  // of every position
  Session session = value_of(demo().new_session(0));
  const Score score = value_of(session.score(all, [&](std::span<const float> logits) {
    double sum = 0;
    for (float logit : logits) sum += std::exp(static_cast<double>(logit));
    std::vector<double>& row = softmax.emplace_back();
    for (float logit : logits) row.push_back(std::log(std::exp(static_cast<double>(logit)) / sum));
  }));
  const auto sampled = only<SampledToken>(box.all());
  for (size_t i = 0; i < 12; ++i) {
    const SampledToken& token = answer.log_probabilities[i];
    std::vector<double> row = softmax[request.prompt.tokens.size() + i - 1];
    EXPECT_EQ(token.token, answer.tokens[i]);
    EXPECT_EQ(sampled[i].log_probability, token.log_probability);
    EXPECT_NEAR(token.log_probability, row[static_cast<size_t>(token.token)], 1e-9);
    EXPECT_EQ(token.log_probability, score.log_probabilities[request.prompt.tokens.size() + i - 1]);
    ASSERT_EQ(token.most_likely.size(), 4u);
    for (const TokenProbability& likely : token.most_likely) {
      const auto best = std::max_element(row.begin(), row.end());
      EXPECT_EQ(likely.token, best - row.begin());
      EXPECT_NEAR(likely.log_probability, *best, 1e-9);
      *best = -1e9;
    }
  }
  request.options.log_probabilities = 0;
  EXPECT_TRUE(alone(demo(), request).log_probabilities.at(0).most_likely.empty());
  request.options.log_probabilities = 1 << 20;
  EXPECT_FALSE(demo().submit(request, box.sink()).ok());
}

TEST(Requests, AToolCallIsAnEventAndAReason) {
  const std::string tools =
      R"([{"type": "function", "function": {"name": "get_weather", "description": "Get the weather of a city.",
          "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                         "required": ["city"]}}}])";
  const Prompt prompt =
      value_of(demo().text().chat_prompt({{"user", "What is the weather in Oslo?"}}, {.tools = tools}));
  const EventBox box;
  value_of(demo().submit({.prompt = prompt, .options = {.sampling = {.temperature = 0}}}, box.sink()));
  const Answer answer = value_of(box.answer());
  ASSERT_EQ(answer.tool_calls.size(), 1u) << answer.text;
  EXPECT_EQ(answer.finish, FinishReason::kToolCalls);
  std::vector<Piece> calls = only<Piece>(box.all());
  std::erase_if(calls, [](const Piece& piece) { return piece.kind != Piece::Kind::kToolCall; });
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].name, "get_weather");
  EXPECT_EQ(calls[0].text, R"({"city": "Oslo"})");
  EXPECT_EQ(calls[0].id, answer.tool_calls[0].id);

  Session session = value_of(demo().new_session(0));
  const Answer again = value_of(session.generate(prompt, {.sampling = {.temperature = 0}}, nullptr));
  EXPECT_EQ(again.finish, FinishReason::kToolCalls);
  const Message call{"assistant", again.text, {}, again.tool_calls};
  const Message result{.role = "tool", .content = "12 degrees", .tool_call_id = again.tool_calls[0].id};
  EXPECT_OK(
      demo().text().chat_prompt({{"user", "What is the weather in Oslo?"}, call, result}, {.tools = tools}));
}

TEST(Requests, ASlowReaderHoldsUpNobodyElse) {
  Gate gate;
  const EventBox slow;
  const Request request{.prompt = chat(demo(), "Tell me a joke."),
                        .options = {.sampling = {.temperature = 0}}};
  value_of(demo().submit(endless(demo()), [&, sink = slow.sink()](const Event& event) {
    gate.wait();
    sink(event);
  }));
  for (uint64_t i = 0; i < cases(5, 1); ++i) {
    const EventBox box;
    value_of(demo().submit(request, box.sink()));
    expect_same(value_of(box.answer()), alone(demo(), request));
  }
  EXPECT_FALSE(slow.ended());
  gate.open();
  EXPECT_EQ(value_of(slow.answer()).finish, FinishReason::kContextFull);
}

TEST(Requests, ASinkThatThrowsEndsItsRequestAlone) {
  const EventBox broken, good;
  const Request request{.prompt = chat(demo(), "Tell me a joke."),
                        .options = {.sampling = {.temperature = 0}}};
  value_of(demo().submit(endless(demo()), [sink = broken.sink()](const Event& event) {
    sink(event);
    if (std::holds_alternative<SampledToken>(event)) throw std::runtime_error("no more");
  }));
  value_of(demo().submit(request, good.sink()));
  expect_same(value_of(good.answer()), alone(demo(), request));
  const auto result = broken.answer();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
  EXPECT_NE(result.error().message().find("no more"), std::string::npos);
  EXPECT_EQ(only<SampledToken>(broken.all()).size(), 1u) << "a broken sink gets its last event only";

  const EventBox last;  // what is thrown at the end is nobody's business
  value_of(demo().submit(request, [sink = last.sink()](const Event& event) {
    sink(event);
    if (std::holds_alternative<Answer>(event)) throw 7;
  }));
  EXPECT_OK(last.answer());
}

TEST(Requests, CancellingInThePromptAndInTheAnswer) {
  const Model model = value_of(Model::open("demo", {.chunk = 8}));
  const std::vector<int32_t> expected = alone(model, endless(model)).tokens;
  for (const size_t events : {1, 2, 3, 20}) {
    const EventBox box;
    const Ticket ticket = value_of(model.submit(endless(model), box.sink()));
    box.wait_for(events);
    model.cancel(ticket);
    const Answer answer = value_of(box.answer());
    EXPECT_EQ(answer.finish, FinishReason::kCancelled);
    EXPECT_TRUE(begins_with(expected, answer.tokens));
  }
}

TEST(Requests, WhatCannotBeIsRefusedBeforeItBegins) {
  const EventSink never = [](const Event&) { FAIL() << "an event of no request"; };
  const auto code = [&](Request request) { return demo().submit(std::move(request), never).error().code(); };
  const auto vocabulary = static_cast<int32_t>(demo().info().vocabulary);
  EXPECT_EQ(code({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.prompt = {.tokens = {1, 2, vocabulary}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.prompt = {.tokens = {1, -1}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.prompt = {.tokens = {1}}, .options = {.sampling = {.temperature = -1}}}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.prompt = {.tokens = {1}, .tools = "{"}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code({.prompt = {.tokens = {1, 2, 3}}, .context = 3}), ErrorCode::kContextFull);
  EXPECT_EQ(code({.prompt = {.tokens = {1}}, .context = -1}), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(demo().submit({.prompt = {.tokens = {1}}}, nullptr).ok());
}

TEST(Requests, AModelThatGoesEndsItsRequests) {
  const EventBox boxes[4];
  Gate gate;
  {
    const Model model = value_of(Model::open("demo", {.chunk = 3}));
    for (const EventBox& box : boxes) value_of(model.submit(endless(model), box.sink()));
    boxes[0].wait_for(3);
  }
  for (const EventBox& box : boxes) {
    ASSERT_TRUE(box.ended()) << "the destructor did not wait";
    EXPECT_EQ(value_of(box.answer()).finish, FinishReason::kCancelled);
  }
}

TEST(Requests, ASinkMayHoldTheLastHandle) {
  const EventBox box;
  Gate gone;
  {
    auto model = std::make_shared<Model>(value_of(Model::open("demo", {})));
    const Request request{.prompt = chat(*model, "Hello!"), .options = {.tokens_max = 5}};
    const std::shared_ptr<void> witness(nullptr, [&](void*) { gone.open(); });
    value_of(model->submit(request, [model, witness, sink = box.sink()](const Event& event) {
      model->cancel({12345});
      sink(event);
    }));
  }
  EXPECT_EQ(value_of(box.answer()).tokens.size(), 5u);
  gone.wait();
}

TEST(Requests, ASinkMayDropTheLastHandle) {
  for (const bool throws : {true, false}) {
    auto model = std::make_shared<std::optional<Model>>(value_of(Model::open("demo", {})));
    Gate dropped, ended;
    const Request request = endless(**model);
    // Slow until many events wait: with the model gone they still come, and nobody is told of the room.
    value_of((*model)->submit(request, [&, model, seen = 0](const Event& event) mutable {
      if (std::holds_alternative<Answer>(event) || std::holds_alternative<Error>(event)) return ended.open();
      if (++seen != 2) return;
      dropped.wait();
      model->reset();
      if (throws) throw std::runtime_error("enough");
    }));
    const EventBox beside;
    value_of((*model)->submit(request, beside.sink()));
    beside.all();
    model.reset();
    dropped.open();
    ended.wait();
  }
}

TEST(Requests, ASinkMaySubmit) {
  const EventBox box;
  const Request request{.prompt = chat(demo(), "Hello!"), .options = {.tokens_max = 5}};
  value_of(demo().submit(request, [&](const Event& event) {
    if (std::holds_alternative<Answer>(event)) value_of(demo().submit(request, box.sink()));
  }));
  EXPECT_OK(box.answer());
}

TEST(Requests, TwoModelsInOneProcess) {
  const Model other = value_of(Model::open("demo", {.threads = 1, .chunk = 5}));
  const std::vector<Request> requests = assortment(other);
  std::vector<EventBox> here(4), there(4);
  for (size_t i = 0; i < 4; ++i) {
    value_of(demo().submit(requests[i], here[i].sink()));
    value_of(other.submit(requests[i], there[i].sink()));
  }
  for (size_t i = 0; i < 4; ++i) expect_same(value_of(here[i].answer()), value_of(there[i].answer()));
}

TEST(Sessions, TwoThreadsTakeStepsTogether) {
  // Each waits in its second piece for the other: one generate() after the other would never end.
  std::barrier both(2);
  const Request request{.prompt = chat(demo(), "Tell me a joke."),
                        .options = {.sampling = {.temperature = 0}}};
  const Answer expected = alone(demo(), request);
  const auto work = [&] {
    Session session = value_of(demo().new_session(0));
    int pieces = 0;
    const Answer answer = value_of(session.generate(request.prompt, request.options, [&](const Piece& piece) {
      if (!piece.text.empty() && ++pieces == 2) both.arrive_and_wait();
      return true;
    }));
    expect_same(answer, expected);
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(Sessions, ACallbackThatThrowsComesThrough) {
  Session session = value_of(demo().new_session(0));
  const Request request{.prompt = chat(demo(), "Tell me a joke."),
                        .options = {.sampling = {.temperature = 0}}};
  const Answer expected = alone(demo(), request);
  for (int when : {1, 2, 7}) {
    int calls = 0;
    EXPECT_THROW((void)session.generate(request.prompt, request.options,
                                        [&](const Piece&) {
                                          if (++calls >= when) throw std::runtime_error("enough");
                                          return true;
                                        }),
                 std::runtime_error);
    EXPECT_EQ(calls, when);
    expect_same(value_of(session.generate(request.prompt, request.options, nullptr)), expected);
  }
  const std::vector<int32_t> tokens = request.prompt.tokens;
  const Score score = value_of(session.score(tokens, nullptr));
  EXPECT_THROW((void)session.score(tokens, [](std::span<const float>) { throw 1; }), int);
  EXPECT_EQ(value_of(session.score(tokens, nullptr)).log_probabilities, score.log_probabilities);
}

TEST(Sessions, ACancelledAnswerIsWhatWasSeen) {
  Session session = value_of(demo().new_session(0));
  std::string shown;
  const Request request = endless(demo());
  const Answer answer = value_of(session.generate(request.prompt, request.options, [&](const Piece& piece) {
    shown += piece.text;
    return shown.size() < 40;
  }));
  EXPECT_EQ(answer.finish, FinishReason::kCancelled);
  EXPECT_EQ(answer.text, shown);
  Prompt next = request.prompt;
  next.tokens.insert(next.tokens.end(), answer.tokens.begin(), answer.tokens.end());
  const auto known = static_cast<int64_t>(next.tokens.size());
  next.tokens.push_back(17);
  const Answer more = value_of(session.generate(next, {.tokens_max = 3}, nullptr));
  EXPECT_GE(more.timings.reused_tokens, known - 1) << "what was cancelled was computed again";
  expect_same(more, alone(demo(), {.prompt = next, .options = {.tokens_max = 3}}));
  const GenerateOptions greedy = {.sampling = {.temperature = 0}, .tokens_max = 60};
  expect_same(value_of(session.generate(request.prompt, greedy, nullptr)),
              alone(demo(), {.prompt = request.prompt, .options = greedy}));
}

TEST(Sessions, AnIdOutsideTheVocabularyIsRefusedWhereverItStands) {
  const Model model = value_of(Model::open("demo", {.chunk = 4}));
  Session session = value_of(model.new_session(64));
  for (size_t at = 0; at < 12; ++at) {  // 4 and 8 begin a later step
    for (const int32_t wrong : {-1, static_cast<int32_t>(model.info().vocabulary), INT32_MAX, INT32_MIN}) {
      std::vector<int32_t> tokens(12, 5);
      tokens[at] = wrong;
      const auto score = session.score(tokens, nullptr);
      ASSERT_FALSE(score.ok());
      EXPECT_EQ(score.error().code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(session.generate({.tokens = tokens}, {}, nullptr).error().code(),
                ErrorCode::kInvalidArgument);
    }
  }
}

TEST(Sessions, MovedAndDestroyedInAnyOrder) {
  std::optional<Model> model = value_of(Model::open("demo", {}));
  Session one = value_of(model->new_session(0)), two = value_of(model->new_session(0));
  const Request request{.prompt = chat(*model, "Hello!"), .options = {.tokens_max = 5}};
  model.reset();
  Session moved = std::move(one);
  EXPECT_OK(moved.generate(request.prompt, request.options, nullptr));
  moved = std::move(two);
  EXPECT_OK(moved.generate(request.prompt, request.options, nullptr));
}

TEST(Models, LogitsThatAreNoNumbersAreErrorsEverywhere) {
  const TempDir directory;
  std::filesystem::copy(TUG_SOURCE_DIR "/models/demo", directory / "");
  const std::string weights = directory / "model.safetensors";
  const int64_t at = value_of(Checkpoint::open(directory / "")).find("model.norm.weight")->bytes.offset;
  std::fstream file(weights, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(at);
  for (int i = 0; i < 192; ++i) file.write("\x7f\x7f", 2);  // the largest BF16
  file.close();
  const Model model = value_of(Model::open(directory / "", {}));
  Session session = value_of(model.new_session(0));
  const std::vector<int32_t> tokens = {5, 6, 7, 8};
  EXPECT_EQ(session.score(tokens, nullptr).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(session.generate({.tokens = tokens}, {}, nullptr).error().code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(session.tokens().empty());
  const EventBox box;
  value_of(model.submit({.prompt = {.tokens = tokens}}, box.sink()));
  EXPECT_EQ(box.answer().error().code(), ErrorCode::kCorrupt);
}

TEST(Models, AThrowingProgressComesThrough) {
  ModelOptions options;
  options.progress = [](int64_t, int64_t) { throw std::runtime_error("stop"); };
  EXPECT_THROW((void)Model::open("demo", options), std::runtime_error);
}

TEST(Messages, PartsAreTextInOrder) {
  const Message message{"user", std::vector<ContentPart>{{.text = "What is"}, {.text = "2 + 2?"}}};
  EXPECT_EQ(message.content.text(), "What is\n2 + 2?");
  EXPECT_EQ(value_of(demo().text().chat_prompt({message}, {})).tokens,
            chat(demo(), "What is\n2 + 2?").tokens);
}

}  // namespace
}  // namespace tug
