#include "text/output_parser.h"

#include <algorithm>
#include <utility>

namespace tug {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kThink = "<think>", kThinkEnd = "</think>";
constexpr std::string_view kCall = "<tool_call>", kCallEnd = "</tool_call>";
constexpr std::string_view kFunction = "<function=", kFunctionEnd = "</function>";
constexpr size_t kNone = std::string_view::npos;

/// Where the end of `text` could be the beginning of `tag`; its size when it cannot.
size_t partial_tag(std::string_view text, std::string_view tag) {
  for (size_t size = std::min(text.size(), tag.size() - 1); size > 0; --size) {
    if (tag.starts_with(text.substr(text.size() - size))) return text.size() - size;
  }
  return text.size();
}

size_t skip_space(std::string_view text, size_t from = 0) {
  return std::min(text.find_first_not_of(kSpace, from), text.size());
}

enum class Answer { kYes, kNo, kNotYet };

/// Whether `text` begins with `tag`.
Answer begins_with(std::string_view text, std::string_view tag) {
  if (text.starts_with(tag)) return Answer::kYes;
  return tag.starts_with(text) ? Answer::kNotYet : Answer::kNo;
}

/// Whether <tool_call> at the front opens a call, or is only talked about.
Answer opens_call(std::string_view text) {
  const std::string_view inside = text.substr(skip_space(text, kCall.size()));
  return inside.starts_with('{') ? Answer::kYes : begins_with(inside, kFunction);
}

}  // namespace

std::vector<OutputParser::Piece> OutputParser::push(std::string_view text) {
  buffer_ += text;
  return run(false);
}

std::vector<OutputParser::Piece> OutputParser::finish() { return run(true); }

std::vector<OutputParser::Piece> OutputParser::run(bool ended) {
  for (bool going = true; going && !buffer_.empty();) {
    switch (state_) {
      case State::kStart: going = start(ended); break;
      case State::kReasoning: going = reasoning(ended); break;
      case State::kContent: going = content(ended); break;
      case State::kCall: going = call(ended); break;
    }
  }
  return std::exchange(pieces_, {});
}

void OutputParser::emit(Piece::Kind kind, size_t size) {
  if (size == 0) return;
  if (pieces_.empty() || pieces_.back().kind != kind) pieces_.push_back({kind, {}});
  pieces_.back().text.append(buffer_, 0, size);
  drop(size);
}

bool OutputParser::start(bool ended) {
  const size_t space = skip_space(buffer_);
  const Answer thinks = begins_with(std::string_view(buffer_).substr(space), kThink);
  if (thinks == Answer::kNotYet && !ended) return false;
  if (thinks == Answer::kYes) drop(space + kThink.size());
  state_ = thinks == Answer::kYes || starts_in_reasoning_ ? State::kReasoning : State::kContent;
  return true;
}

bool OutputParser::reasoning(bool ended) {
  if (!reasoned_) drop(skip_space(buffer_));
  const std::string_view text = buffer_;
  const size_t think_end = text.find(kThinkEnd);
  // A model may forget </think> before a call.
  size_t call = text.find(kCall);
  while (call < think_end && opens_call(text.substr(call)) == Answer::kNo) call = text.find(kCall, call + 1);
  const bool undecided = call < think_end && opens_call(text.substr(call)) == Answer::kNotYet;
  const bool over = std::min(think_end, call) != kNone && !undecided;
  size_t end = std::min({think_end, call, text.size()});
  if (!over && !ended) end = std::min({end, partial_tag(text, kThinkEnd), partial_tag(text, kCall)});
  if (undecided && ended) end = text.size();
  const size_t last = text.substr(0, end).find_last_not_of(kSpace);
  const size_t words = last == kNone ? 0 : last + 1;
  reasoned_ |= words > 0;
  emit(Piece::kReasoning, words);
  if (ended && !over) buffer_.clear();
  if (!over) return false;
  drop(end - words);
  after_think_ = buffer_.starts_with(kThinkEnd);
  if (after_think_) drop(kThinkEnd.size());
  state_ = State::kContent;
  return true;
}

/// True when what follows is content or another call.
bool OutputParser::skip_after_call(bool ended) {
  drop(skip_space(buffer_));
  const Answer closes = begins_with(buffer_, kCallEnd);
  if (closes == Answer::kYes) drop(kCallEnd.size());
  else if (closes == Answer::kNo || ended) after_call_ = false;
  return closes != Answer::kNotYet || ended;
}

bool OutputParser::content(bool ended) {
  if (after_call_) return skip_after_call(ended);
  if (after_think_) {
    drop(std::min(buffer_.find_first_not_of('\n'), buffer_.size()));
    if (buffer_.empty()) return false;
    after_think_ = false;
  }
  const std::string_view text = buffer_;
  const size_t call = std::min(text.find(kCall), text.find(kFunction));
  if (call != kNone) {
    emit(Piece::kContent, call);
    state_ = State::kCall;
    searched_ = 0;
    return true;
  }
  emit(Piece::kContent,
       ended ? text.size() : std::min(partial_tag(text, kCall), partial_tag(text, kFunction)));
  return false;
}

bool OutputParser::call(bool ended) {
  const std::string_view opening = buffer_.starts_with(kCall) ? kCall : kFunction;
  const std::string_view closing = opening == kCall ? kCallEnd : kFunctionEnd;
  const size_t at = buffer_.find(closing, searched_);
  if (at == kNone && !ended) {
    searched_ = buffer_.size() - std::min(buffer_.size(), closing.size() - 1);
    return false;
  }
  const size_t end = at == kNone ? buffer_.size() : at + closing.size();
  ParsedCalls parsed = parse_tool_calls(std::string_view(buffer_).substr(0, end), at == kNone, &tools_);
  if (parsed.state == ParsedCalls::kIncomplete && at != kNone) {
    searched_ = end;  // a closing tag inside of a value
    return true;
  }
  state_ = State::kContent;
  if (parsed.state == ParsedCalls::kComplete) {
    drop(end);
    std::move(parsed.calls.begin(), parsed.calls.end(), std::back_inserter(calls_));
    after_call_ = true;
  } else {
    emit(Piece::kContent, opening.size());  // only its opening tag: a good call may follow
  }
  return true;
}

}  // namespace tug
