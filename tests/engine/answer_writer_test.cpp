// An answer's tokens as pieces: text, reasoning and tool calls as they come, cut at stop strings.
#include "engine/answer_writer.h"

#include <set>

#include "files/embedded_demo.h"
#include "support/expect.h"
#include "text/load_tokenizer.h"

namespace tug {
namespace {

struct Written {
  std::vector<Piece> pieces;
  Answer answer;
};

class Writing : public testing::Test {
 protected:
  Written write(const std::string& text, std::vector<std::string> stops = {}, bool raw = false) {
    AnswerWriter writer(tokenizer_, {.raw = raw}, std::move(stops), nullptr, 7);
    Written written;
    const auto keep = [&](std::vector<Piece> pieces) {
      for (Piece& piece : pieces) written.pieces.push_back(std::move(piece));
    };
    for (int32_t token : value_of(tokenizer_.encode(text, Tokenizer::Controls::kRecognise))) {
      keep(writer.push(token));
      if (writer.stopped()) break;
    }
    keep(writer.finish());
    writer.fill(written.answer);
    return written;
  }
  Tokenizer tokenizer_ = value_of(load_tokenizer(value_of(open_embedded_demo())));
};

std::string joined(const std::vector<Piece>& pieces, Piece::Kind kind) {
  std::string text;
  for (const Piece& piece : pieces) text += piece.kind == kind ? piece.text : "";
  return text;
}

TEST_F(Writing, PiecesAreTheAnswer) {
  const Written w = write("<think>Is it so?</think>Yes, it is so.");
  EXPECT_EQ(w.answer.reasoning, "Is it so?");
  EXPECT_EQ(w.answer.text, "Yes, it is so.");
  EXPECT_EQ(joined(w.pieces, Piece::Kind::kReasoning), w.answer.reasoning);
  EXPECT_EQ(joined(w.pieces, Piece::Kind::kText), w.answer.text);
  EXPECT_GT(w.pieces.size(), 4u) << "pieces come as they are written";
}

TEST_F(Writing, CallsHaveAnIndexAndAnId) {
  const std::string text =
      "Let me see.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": "
      "\"Oslo\"}}\n</tool_call>\n"
      "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
  const Written w = write(text);
  ASSERT_EQ(w.answer.tool_calls.size(), 2u);
  std::vector<Piece> calls;
  for (const Piece& piece : w.pieces) {
    if (piece.kind == Piece::Kind::kToolCall) calls.push_back(piece);
  }
  ASSERT_EQ(calls.size(), 2u);
  std::set<std::string> ids;
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(calls[i].index, static_cast<int64_t>(i));
    EXPECT_EQ(calls[i].name, w.answer.tool_calls[i].name);
    EXPECT_EQ(calls[i].text, w.answer.tool_calls[i].arguments);
    EXPECT_EQ(calls[i].id, w.answer.tool_calls[i].id);
    ids.insert(calls[i].id);
  }
  EXPECT_EQ(calls[0].name, "get_weather");
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_EQ(write(text).answer.tool_calls[0].id, calls[0].id) << "the same request names its calls alike";
  EXPECT_EQ(joined(w.pieces, Piece::Kind::kText), w.answer.text);
}

TEST_F(Writing, NothingComesAfterAStopString) {
  const Written w = write("One, two, three, four.", {"four", ", three"});
  EXPECT_EQ(w.answer.text, "One, two");
  EXPECT_EQ(w.answer.stop_string, ", three");
  EXPECT_EQ(write("One, two", {"three"}).answer.stop_string, "");
  EXPECT_EQ(joined(w.pieces, Piece::Kind::kText), "One, two");
}

TEST_F(Writing, RawTextIsNotRead) {
  const std::string text = "<think>a</think><tool_call>{}</tool_call>";
  EXPECT_EQ(write(text, {}, true).answer.text, text);
}

}  // namespace
}  // namespace tug
