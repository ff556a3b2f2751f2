#include "text/output_parser.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace tug {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kThinkOpen = "<think>", kThinkClose = "</think>";
constexpr size_t kNone = std::string_view::npos;

size_t skip_space(std::string_view text) { return std::min(text.find_first_not_of(kSpace), text.size()); }

enum class Match { kYes, kNo, kNotYet };

/// Whether `text` begins with `tag`.
Match begins_with(std::string_view text, std::string_view tag) {
  if (text.starts_with(tag)) return Match::kYes;
  return tag.starts_with(text) ? Match::kNotYet : Match::kNo;
}

struct Tag {
  size_t at;              // when there is none: where one may begin that more text completes
  std::string_view text;  // empty: none
};

/// The first of the tags from `from` on.
Tag find_tag(std::string_view text, size_t from, std::initializer_list<std::string_view> tags) {
  for (size_t at = text.find('<', from); at != kNone; at = text.find('<', at + 1)) {
    for (const std::string_view tag : tags) {
      const Match match = begins_with(text.substr(at), tag);
      if (match == Match::kYes) return {at, tag};
      if (match == Match::kNotYet) return {at, {}};
    }
  }
  return {text.size(), {}};
}

/// Bytes before the white space at the end.
size_t words_size(std::string_view text) {
  const size_t last = text.find_last_not_of(kSpace);
  return last == kNone ? 0 : last + 1;
}

/// Whether a draft has swallowed the end of the reasoning and another call behind it, whose tags ended it.
bool swallows_a_call(std::string_view draft) {
  const size_t close = draft.find(kThinkClose);
  return close != kNone &&
         (draft.find(kCallOpen, close) != kNone || draft.find(kFunctionOpen, close) != kNone);
}

}  // namespace

std::vector<OutputParser::Piece> OutputParser::push(std::string_view text) {
  buffer_ += text;
  // Only a tag can end a call; what else there is to see in one may wait.
  patience_ = text.find('>') == kNone ? patience_ - std::min(patience_, text.size()) : 0;
  return run(false);
}

std::vector<OutputParser::Piece> OutputParser::finish() { return run(true); }

std::vector<OutputParser::Piece> OutputParser::run(bool ended) {
  for (bool going = true; going && !buffer_.empty();) {
    switch (state_) {
      case State::kStart: going = start(ended); break;
      case State::kReasoning: going = reasoning(ended); break;
      case State::kContent: going = content(ended); break;
    }
  }
  return std::exchange(pieces_, {});
}

void OutputParser::emit(Piece::Kind kind, size_t size) {
  if (size == 0) return;
  if (pieces_.empty() || pieces_.back().kind != kind) pieces_.push_back({kind});
  std::string& text = pieces_.back().text;
  if (kind == Piece::Kind::kReasoning) {
    if (!reasoned_ && reasoned_before_) text += '\n';
    reasoned_ = true;
  } else {
    const size_t line = std::string_view(buffer_).substr(0, size).rfind('\n');
    const std::string_view last = std::string_view(buffer_).substr(0, size).substr(line == kNone ? 0 : line);
    line_start_ = words_size(last) == 0 && (line_start_ || line != kNone);
  }
  text.append(buffer_, 0, size);
  drop(size);
}

void OutputParser::emit_call(ToolCall call) {
  pieces_.push_back({.kind = Piece::Kind::kCall, .call = std::move(call), .call_index = calls_++});
  after_call_ = true;
  line_start_ = true;
}

bool OutputParser::start(bool ended) {
  const size_t space = skip_space(buffer_);
  const Match thinks = begins_with(std::string_view(buffer_).substr(space), kThinkOpen);
  if (thinks == Match::kNotYet && !ended) return false;
  if (thinks == Match::kYes) drop(space + kThinkOpen.size());
  if (thinks == Match::kYes || starts_in_reasoning_) enter_reasoning();
  else state_ = State::kContent;
  return true;
}

void OutputParser::enter_reasoning() {
  state_ = State::kReasoning;
  reasoned_before_ |= reasoned_;
  reasoned_ = false;
  scanned_ = 0;
  draft_ = kNone;
}

/// What comes before `end` is reasoning, what follows is content.
void OutputParser::leave_reasoning(size_t end) {
  const size_t words = words_size(std::string_view(buffer_).substr(0, end));
  emit(Piece::Kind::kReasoning, words);
  drop(end - words);
  state_ = State::kContent;
  line_start_ = true;
}

void OutputParser::drop_think_close() {
  drop(kThinkClose.size());
  after_think_ = true;
  line_start_ = true;
}

bool OutputParser::reasoning(bool ended) {
  if (!reasoned_ && scanned_ == 0) drop(skip_space(buffer_));
  if (scan_reasoning(ended)) {
    leave_reasoning(scanned_);
    drop_think_close();
    return true;
  }
  if (ended) {
    leave_reasoning(std::min(draft_, buffer_.size()));
    return true;
  }
  const size_t words = words_size(std::string_view(buffer_).substr(0, std::min(scanned_, draft_)));
  emit(Piece::Kind::kReasoning, words);
  scanned_ -= words;
  if (draft_ != kNone) draft_ -= words;
  return false;
}

/// True when `scanned_` has come to the </think>. One inside of a draft's argument does not count, unless the
/// draft never ends.
bool OutputParser::scan_reasoning(bool ended) {
  for (;;) {
    const Tag tag = find_tag(buffer_, scanned_, {kThinkClose, kCallOpen, kFunctionOpen});
    scanned_ = tag.at;
    if (tag.text.empty()) return false;
    if (tag.text == kThinkClose) return true;
    const ParsedCall parsed = read_call(tag.at, ended);
    if (parsed.state == ParsedCall::State::kIncomplete) return false;
    const bool complete = parsed.state == ParsedCall::State::kComplete &&
                          !swallows_a_call(std::string_view(buffer_).substr(tag.at, parsed.size));
    if (complete) draft_ = std::min(draft_, tag.at);
    scanned_ += complete ? parsed.size : tag.text.size();
  }
}

/// Skips what is neither content nor a call. False: more of it may come.
bool OutputParser::skip_ignored(bool ended) {
  if (after_call_) {
    drop(skip_space(buffer_));
    const Match closes = begins_with(buffer_, kCallClose);
    if (closes == Match::kNotYet && !ended) return false;
    if (closes == Match::kYes) drop(kCallClose.size());
    else after_call_ = false;
    return true;
  }
  drop(std::min(buffer_.find_first_not_of('\n'), buffer_.size()));
  after_think_ = buffer_.empty();
  return !after_think_;
}

bool OutputParser::content(bool ended) {
  if (after_call_ || after_think_) return skip_ignored(ended);
  const Tag tag = find_tag(buffer_, 0, {kCallOpen, kFunctionOpen, kThinkClose, kThinkOpen});
  emit(Piece::Kind::kContent, tag.text.empty() && ended ? buffer_.size() : tag.at);
  if (tag.text.empty()) return false;
  if (tag.text == kThinkOpen) return think_in_content(ended);
  if (tag.text != kThinkClose) return call_in_content(ended);
  drop_think_close();
  return true;
}

/// On a line's start it opens another block of reasoning. Within a line it does so only when it is closed;
/// otherwise the model talks about it.
bool OutputParser::think_in_content(bool ended) {
  const bool closed = buffer_.find(kThinkClose) != kNone;
  if (!line_start_ && !closed && !ended) return false;
  if (line_start_ || closed) {
    drop(kThinkOpen.size());
    enter_reasoning();
  } else {
    emit(Piece::Kind::kContent, kThinkOpen.size());
  }
  return true;
}

bool OutputParser::call_in_content(bool ended) {
  const size_t opening = buffer_.starts_with(kCallOpen) ? kCallOpen.size() : kFunctionOpen.size();
  ParsedCall parsed = read_call(0, ended);
  if (parsed.state == ParsedCall::State::kIncomplete) return false;
  if (parsed.state == ParsedCall::State::kComplete) {
    drop(parsed.size);
    emit_call(std::move(parsed.call));
  } else {
    emit(Piece::Kind::kContent, opening);  // only its opening tag: a good call may follow
  }
  return true;
}

/// The call at `at`; incomplete only when more may come. In reasoning, a </think> ends a call without an end.
ParsedCall OutputParser::read_call(size_t at, bool ended) {
  if (patience_ > 0 && !ended) return {ParsedCall::State::kIncomplete};
  const std::string_view text = std::string_view(buffer_).substr(at);
  const bool forgiving = ended && (state_ != State::kReasoning || text.find(kThinkClose) == kNone);
  ParsedCall parsed = parse_tool_call(text, forgiving, &tools_);
  const bool incomplete = parsed.state == ParsedCall::State::kIncomplete;
  patience_ = incomplete ? text.size() / 8 : 0;
  if (incomplete && ended) parsed.state = ParsedCall::State::kMalformed;
  return parsed;
}

}  // namespace tug
