#include "server/dialects/anthropic_messages/parse.h"
#include "server/dialects/frames.h"
#include "server/dialects/prompt_watch.h"

namespace tug {
namespace {

const char* error_type(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::kInvalid:
    case Failure::Kind::kContextFull:
    case Failure::Kind::kMethod: return "invalid_request_error";
    case Failure::Kind::kUnauthorized: return "authentication_error";
    case Failure::Kind::kForbidden: return "permission_error";
    case Failure::Kind::kNotFound: return "not_found_error";
    case Failure::Kind::kTooLarge: return "request_too_large";
    case Failure::Kind::kTimeout: return "timeout_error";
    case Failure::Kind::kOverloaded:
    case Failure::Kind::kStopping: return "overloaded_error";
    case Failure::Kind::kInternal: break;
  }
  return "api_error";
}

/// Anthropic's clients know 529 as "try again".
int anthropic_status(Failure::Kind kind) {
  return kind == Failure::Kind::kOverloaded || kind == Failure::Kind::kStopping ? 529 : status_of(kind);
}

Json error_json(const Failure& failure) {
  std::string message = failure.message;
  if (!failure.field.empty() && message.find(failure.field) == std::string::npos)
    message = failure.field + ": " + message;
  return Json::object({{"type", "error"},
                       {"error", Json::object({{"type", error_type(failure.kind)}, {"message", message}})}});
}

const char* stop_reason(const Answer& answer) {
  switch (answer.finish) {
    case FinishReason::kToolCalls: return "tool_use";
    case FinishReason::kRepetition:
    case FinishReason::kLength: return "max_tokens";
    case FinishReason::kContextFull: return "model_context_window_exceeded";
    case FinishReason::kStop:
    case FinishReason::kCancelled: break;
  }
  return answer.stop_string.empty() ? "end_turn" : "stop_sequence";
}

/// How it ended, at the end of what says so.
void set_stop(Json& json, const Answer& answer) {
  json.set("stop_reason", stop_reason(answer));
  json.set("stop_sequence", answer.stop_string.empty() ? Json() : Json(answer.stop_string));
  if (answer.finish == FinishReason::kRepetition)
    json.set("stop_details", Json::object({{"type", finish_reason_name(answer.finish)}}));
}

/// Tokens from the cache are not input tokens here.
Json usage_json(const Usage& usage) {
  return Json::object({{"input_tokens", usage.prompt - usage.cached},
                       {"cache_creation_input_tokens", 0},
                       {"cache_read_input_tokens", usage.cached},
                       {"output_tokens", usage.answer}});
}

std::string tool_id(const std::string& id) { return id.starts_with("call_") ? "toolu_" + id.substr(5) : id; }

Json input_of(const std::string& arguments) {
  auto json = parse_json(arguments);
  return json.ok() && json->is_object() ? std::move(*json) : Json::object();
}

class MessagesWriter final : public ReplyWriter {
 public:
  explicit MessagesWriter(ReplyContext context) : context_(std::move(context)) {}

  void begin(std::string& out) override {
    Json message = message_json(Json::array(), usage_json({.prompt = context_.prompt_tokens}));
    event("message_start", {{"message", std::move(message)}}, out);
  }

  void progress(size_t, const PromptProgress& progress, std::string&) override {
    progress_.note(progress, context_.seconds());
  }
  void token(size_t, const SampledToken&, std::string&) override {}

  void piece(size_t, const Piece& piece, std::string& out) override {
    const bool new_call = piece.kind == Piece::Kind::kToolCall && piece.index != call_index_;
    if (piece.text.empty() && !new_call) return;
    if (!open_ || *open_ != piece.kind || new_call) open_block(piece, out);
    if (piece.text.empty()) return;
    static constexpr const char* kStarts[] = {R"({"type":"text_delta","text":)",
                                              R"({"type":"thinking_delta","thinking":)",
                                              R"({"type":"input_json_delta","partial_json":)"};
    std::string json = R"({"type":"content_block_delta","index":)" + std::to_string(index_) + R"(,"delta":)" +
                       kStarts[static_cast<size_t>(piece.kind)];
    append_json_string(json, piece.text);
    append_event(out, "content_block_delta", json + "}}");
  }

  void finish(size_t, const Outcome& outcome, std::string& out) override {
    close_block(out);
    Json delta = Json::object();
    set_stop(delta, outcome.answer);
    event("message_delta", {{"delta", std::move(delta)}, {"usage", usage_json(outcome.usage)}}, out);
  }

  void end(std::string& out) override { event("message_stop", {}, out); }

  void heartbeat(std::string& out) override {
    if (!progress_.begun()) return event("ping", {}, out);
    event("ping", {{"prompt_progress", progress_.json(context_.seconds())}}, out);
  }

  void fail(const Failure& failure, std::string& out) override {
    append_event(out, "error", error_json(failure).dump());
  }

  std::string whole(const std::vector<Outcome>& outcomes) override {
    const Answer& answer = outcomes.front().answer;
    Json content = Json::array();
    if (!answer.reasoning.empty()) {
      content.push(Json::object({{"type", "thinking"}, {"thinking", answer.reasoning}, {"signature", ""}}));
    }
    if (!answer.text.empty()) content.push(Json::object({{"type", "text"}, {"text", answer.text}}));
    for (const ToolCall& call : answer.tool_calls) {
      content.push(Json::object({{"type", "tool_use"},
                                 {"id", tool_id(call.id)},
                                 {"name", call.name},
                                 {"input", input_of(call.arguments)}}));
    }
    Json message = message_json(std::move(content), usage_json(outcomes.front().usage));
    set_stop(message, answer);
    return message.dump();
  }

 private:
  Json message_json(Json content, Json usage) const {
    return Json::object({{"id", "msg_" + context_.id},
                         {"type", "message"},
                         {"role", "assistant"},
                         {"model", context_.model},
                         {"content", std::move(content)},
                         {"stop_reason", Json()},
                         {"stop_sequence", Json()},
                         {"usage", std::move(usage)}});
  }

  static void event(const char* type, std::vector<Json::Member> members, std::string& out) {
    members.insert(members.begin(), {"type", type});
    append_event(out, type, Json::object(std::move(members)).dump());
  }

  void open_block(const Piece& piece, std::string& out) {
    close_block(out);
    open_ = piece.kind;
    ++index_;
    Json block;
    switch (piece.kind) {
      case Piece::Kind::kText: block = Json::object({{"type", "text"}, {"text", ""}}); break;
      case Piece::Kind::kReasoning:
        block = Json::object({{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
        break;
      case Piece::Kind::kToolCall:
        call_index_ = piece.index;
        block = Json::object({{"type", "tool_use"},
                              {"id", tool_id(piece.id)},
                              {"name", piece.name},
                              {"input", Json::object()}});
    }
    event("content_block_start", {{"index", index_}, {"content_block", std::move(block)}}, out);
  }

  void close_block(std::string& out) {
    if (!open_) return;
    if (*open_ == Piece::Kind::kReasoning) {
      event("content_block_delta",
            {{"index", index_}, {"delta", Json::object({{"type", "signature_delta"}, {"signature", ""}})}},
            out);
    }
    event("content_block_stop", {{"index", index_}}, out);
    open_.reset();
  }

  const ReplyContext context_;
  PromptWatch progress_;
  std::optional<Piece::Kind> open_;  // the block that is being written
  int64_t index_ = -1;               // its number
  int64_t call_index_ = -1;          // of the last call
};

}  // namespace

std::unique_ptr<ReplyWriter> write_anthropic_messages(ReplyContext context) {
  return std::make_unique<MessagesWriter>(std::move(context));
}

ErrorReply anthropic_error_reply(const Failure& failure, const std::string& request_id) {
  Json json = error_json(failure);
  if (!request_id.empty()) json.set("request_id", request_id);
  return {anthropic_status(failure.kind), json.dump()};
}

}  // namespace tug
