// Plays a made-up answer through a dialect, cut into pieces at random and with heartbeats in between.
#pragma once

#include <string>

#include "base/random.h"
#include "server/dialects/dialects.h"
#include "server/json_paths.h"

namespace tug {

inline ParsedCall parsed(const Dialect& dialect, const std::string& body) {
  Problem problem;
  ParsedCall call = dialect.parse(value_of(parse_json(body)), problem);
  EXPECT_FALSE(problem) << problem.field << ": " << problem.message;
  return call;
}

inline std::unique_ptr<ReplyWriter> writer_of(const Dialect& dialect, const std::string& body,
                                              size_t answers = 1) {
  ReplyContext context;
  context.id = "x1";
  context.created = 1700000000;
  context.model = "a \"model\"";
  context.prompt_tokens = 30;
  context.answers = answers;
  context.token_bytes = [](int32_t token) { return "t" + std::to_string(token); };
  context.seconds = [] { return 1.5; };
  return parsed(dialect, body).make_writer(std::move(context));
}

/// Reasoning, text and calls, each there or not, with characters that JSON must escape.
inline Outcome made_up(uint64_t seed) {
  const auto text = [&](uint64_t salt) {
    static constexpr const char* kParts[] = {"a", " b",   "\n",        "\"",     "\\",
                                             "é", "\x01", "</script>", "data: ", "\r\n\r\n"};
    std::string made;
    for (uint64_t i = 0; i < 1 + mix_bits(seed + salt) % 12; ++i)
      made += kParts[mix_bits(seed * 31 + salt * 7 + i) % 10];
    return made;
  };
  Outcome outcome;
  Answer& answer = outcome.answer;
  if (seed & 1) answer.reasoning = text(1);
  if (seed & 2) answer.text = text(2);
  for (uint64_t i = 0; i < (seed >> 2) % 3; ++i) {
    answer.tool_calls.push_back({"tool" + std::to_string(i), Json::object({{"input", text(3 + i)}}).dump(),
                                 "call_" + std::to_string(i)});
  }
  answer.finish = answer.tool_calls.empty() ? FinishReason::kStop : FinishReason::kToolCalls;
  answer.timings = {.prompt_tokens = 10, .reused_tokens = 20, .answer_tokens = 9};
  outcome.usage = {.prompt = 30, .cached = 20, .answer = 9, .reasoning = 3};
  return outcome;
}

/// The pieces of an answer; `seed` says where they are cut.
inline std::vector<Piece> pieces_of(const Answer& answer, uint64_t seed) {
  std::vector<Piece> pieces;
  const auto cut = [&](Piece piece) {
    const std::string whole = std::move(piece.text);
    for (size_t at = 0; at < whole.size();) {
      size_t end = at + 1 + mix_bits(seed++) % 6;
      while (end < whole.size() && (whole[end] & 0xc0) == 0x80) ++end;
      piece.text = whole.substr(at, end - at);
      pieces.push_back(piece);
      piece.id.clear();
      piece.name.clear();
      at = end;
    }
  };
  cut({.kind = Piece::Kind::kReasoning, .text = answer.reasoning});
  cut({.kind = Piece::Kind::kText, .text = answer.text});
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    const ToolCall& call = answer.tool_calls[i];
    cut({.kind = Piece::Kind::kToolCall,
         .text = call.arguments,
         .index = static_cast<int64_t>(i),
         .id = call.id,
         .name = call.name});
  }
  return pieces;
}

/// The whole stream.
inline std::string play(ReplyWriter& writer, const Outcome& outcome, uint64_t seed) {
  std::string out;
  writer.begin(out);
  writer.heartbeat(out);
  writer.progress(0, {.done = 5, .total = 30, .reused = 2}, out);
  writer.heartbeat(out);
  for (const Piece& piece : pieces_of(outcome.answer, seed)) {
    writer.token(0, {.token = 1}, out);
    writer.piece(0, piece, out);
    if (mix_bits(++seed) % 4 == 0) writer.heartbeat(out);
  }
  writer.finish(0, outcome, out);
  writer.end(out);
  return out;
}

/// The events of a stream, whose "event:" lines must say what the data say.
inline std::vector<Json> events_of(const std::string& stream) {
  std::vector<Json> events;
  size_t at = 0;
  while (at < stream.size()) {
    const size_t end = stream.find("\n\n", at);
    if (end == std::string::npos) {
      ADD_FAILURE() << "the stream breaks off";
      break;
    }
    std::string_view frame(stream.data() + at, end - at);
    at = end + 2;
    if (!frame.starts_with("event: ")) {
      ADD_FAILURE() << frame;
      continue;
    }
    const size_t line = frame.find('\n');
    events.push_back(data_of(frame.substr(line + 1)).at(0));
    EXPECT_EQ(tug::at(events.back(), "type").dump(), Json(frame.substr(7, line - 7)).dump());
  }
  return events;
}

}  // namespace tug
