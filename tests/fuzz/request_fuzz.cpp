// A request's body of any bytes is a call or a problem in every dialect, and what is written to it is JSON.
#include <array>

#include "server/dialects/dialects.h"

namespace {

constexpr std::array kDialects = {&tug::kOpenAiChat, &tug::kOpenAiCompletions, &tug::kOpenAiResponses,
                                  &tug::kAnthropicMessages};

void check(bool good) {
  if (!good) __builtin_trap();
}

/// Every line of data must be JSON, on one line.
void check_frames(std::string_view stream) {
  while (!stream.empty()) {
    const size_t end = stream.find('\n');
    check(end != std::string_view::npos);
    const std::string_view line = stream.substr(0, end);
    stream.remove_prefix(end + 1);
    if (line.starts_with("data: ") && line != "data: [DONE]") check(tug::parse_json(line.substr(6)).ok());
  }
}

tug::Outcome outcome_of(std::string_view text) {
  tug::Outcome outcome;
  outcome.answer.text = text;
  outcome.answer.tool_calls.push_back({"name", std::string(text), "call_1"});
  return outcome;
}

void answer(const tug::ParsedCall& parsed, std::string_view text) {
  tug::ReplyContext context;
  context.id = "x";
  context.model = parsed.call.model;
  context.answers =
      static_cast<size_t>(parsed.call.answers) * std::max<size_t>(parsed.call.prompts.size(), 1);
  context.token_bytes = [&](int32_t) { return std::string(text.substr(0, 8)); };
  context.seconds = [] { return 0.0; };
  const auto writer = parsed.make_writer(context);
  std::string out;
  writer->begin(out);
  writer->token(0, {.token = 1, .log_probability = -1, .most_likely = {{1, -1}}}, out);
  writer->heartbeat(out);
  writer->piece(0, {.kind = tug::Piece::Kind::kReasoning, .text = std::string(text)}, out);
  writer->piece(0, {.kind = tug::Piece::Kind::kText, .text = std::string(text)}, out);
  writer->piece(
      0, {.kind = tug::Piece::Kind::kToolCall, .text = std::string(text), .id = "call_1", .name = "name"},
      out);
  for (size_t i = 0; i < context.answers; ++i) writer->finish(i, outcome_of(text), out);
  writer->end(out);
  check_frames(out);
  const auto again = parsed.make_writer(context);
  check(tug::parse_json(again->whole(std::vector(context.answers, outcome_of(text)))).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = tug::parse_json(text, 1 << 16);
  if (!body.ok()) return 0;
  for (const tug::Dialect* dialect : kDialects) {
    tug::Problem problem;
    const tug::ParsedCall parsed = dialect->parse(body.value(), problem);
    if (problem)
      check(tug::parse_json(
                dialect->error({tug::Failure::Kind::kInvalid, problem.message, problem.field}, "r").body)
                .ok());
    else answer(parsed, text.substr(0, 200));
  }
  return 0;
}
