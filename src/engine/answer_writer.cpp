#include "engine/answer_writer.h"

#include <cstdio>

#include "base/random.h"

namespace tug {
namespace {

std::string call_id(uint64_t seed, size_t index) {
  char text[32];
  std::snprintf(text, sizeof text, "call_%016llx",
                static_cast<unsigned long long>(mix_bits(mix_bits(seed) + index)));
  return text;
}

}  // namespace

AnswerWriter::AnswerWriter(const Tokenizer& tokenizer, const Prompt& prompt, std::vector<std::string> stops,
                           const Json* tools, uint64_t call_ids)
    : detokenizer_(tokenizer), stops_(std::move(stops)), call_ids_(call_ids) {
  if (!prompt.raw) parser_.emplace(prompt.in_reasoning, tools);
}

std::vector<Piece> AnswerWriter::push(int32_t token) {
  std::vector<Piece> pieces;
  write(stops_.push(detokenizer_.push(token)), pieces);
  return pieces;
}

std::vector<Piece> AnswerWriter::finish() {
  std::vector<Piece> pieces;
  write(stops_.push(detokenizer_.finish()), pieces);
  if (!stops_.found()) write(stops_.finish(), pieces);
  if (parser_) add(parser_->finish(), pieces);
  return pieces;
}

void AnswerWriter::write(std::string text, std::vector<Piece>& pieces) {
  if (text.empty()) return;
  if (parser_) return add(parser_->push(text), pieces);
  text_ += text;
  pieces.push_back({.kind = Piece::Kind::kText, .text = std::move(text)});
}

void AnswerWriter::add(std::vector<OutputParser::Piece> parsed, std::vector<Piece>& pieces) {
  for (OutputParser::Piece& piece : parsed) {
    if (piece.kind == OutputParser::Piece::Kind::kCall) {
      pieces.push_back(add_call(std::move(piece.call)));
      continue;
    }
    const bool reasoning = piece.kind == OutputParser::Piece::Kind::kReasoning;
    (reasoning ? reasoning_ : text_) += piece.text;
    pieces.push_back(
        {.kind = reasoning ? Piece::Kind::kReasoning : Piece::Kind::kText, .text = std::move(piece.text)});
  }
}

Piece AnswerWriter::add_call(ToolCall call) {
  const size_t index = calls_.size();
  call.id = call_id(call_ids_, index);
  calls_.push_back(call);
  return {.kind = Piece::Kind::kToolCall,
          .text = std::move(call.arguments),
          .index = static_cast<int64_t>(index),
          .id = std::move(call.id),
          .name = std::move(call.name)};
}

void AnswerWriter::fill(Answer& answer) const {
  answer.text = text_;
  answer.reasoning = reasoning_;
  answer.tool_calls = calls_;
  answer.stop_string = stops_.which();
}

}  // namespace tug
