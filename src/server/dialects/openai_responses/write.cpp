#include "server/dialects/frames.h"
#include "server/dialects/openai/error.h"
#include "server/dialects/openai_responses/parse.h"
#include "server/dialects/prompt_watch.h"

namespace tug {
namespace {

Json usage_json(const Usage& usage) {
  return Json::object({{"input_tokens", usage.prompt},
                       {"input_tokens_details", Json::object({{"cached_tokens", usage.cached}})},
                       {"output_tokens", usage.answer},
                       {"output_tokens_details", Json::object({{"reasoning_tokens", usage.reasoning}})},
                       {"total_tokens", usage.prompt + usage.answer}});
}

Json text_part(const char* type, const std::string& text) {
  Json part = Json::object({{"type", type}, {"text", text}});
  if (std::string_view(type) == "output_text") {
    part.set("annotations", Json::array());
    part.set("logprobs", Json::array());
  }
  return part;
}

/// Pieces become output items: each is added, grows, and is done before the next one.
class ResponsesWriter final : public ReplyWriter {
 public:
  ResponsesWriter(ReplyContext context, std::shared_ptr<const ResponseOptions> options)
      : context_(std::move(context)), options_(std::move(options)) {}

  void begin(std::string& out) override {
    event("response.created", {{"response", response_json("in_progress")}}, out);
    event("response.in_progress", {{"response", response_json("in_progress")}}, out);
  }

  void progress(size_t, const PromptProgress& progress, std::string&) override {
    progress_.note(progress, context_.seconds());
  }
  void token(size_t, const SampledToken&, std::string&) override {}

  void piece(size_t, const Piece& piece, std::string& out) override {
    const bool new_call = piece.kind == Piece::Kind::kToolCall && piece.index != call_index_;
    if (piece.text.empty() && !new_call) return;
    if (!open_ || *open_ != piece.kind || new_call) open_item(piece, out);
    text_ += piece.text;
    if (piece.text.empty() || (piece.kind == Piece::Kind::kToolCall && tool_.custom)) return;
    static constexpr const char* kTypes[] = {"response.output_text.delta", "response.reasoning_text.delta",
                                             "response.function_call_arguments.delta"};
    const char* type = kTypes[static_cast<size_t>(piece.kind)];
    std::string json = std::string(R"({"type":")") + type + R"(","sequence_number":)" +
                       std::to_string(sequence_++) + R"(,"item_id":")" + item_id_ + R"(","output_index":)" +
                       std::to_string(output_.size());
    if (piece.kind != Piece::Kind::kToolCall) json += R"(,"content_index":0)";
    json += R"(,"delta":)";
    append_json_string(json, piece.text);
    json += piece.kind == Piece::Kind::kText ? R"(,"logprobs":[]})" : "}";
    append_event(out, type, json);
  }

  void finish(size_t, const Outcome& outcome, std::string& out) override {
    close_item(out);
    const bool complete = set_end(outcome);
    event(complete ? "response.completed" : "response.incomplete",
          {{"response", response_json(complete ? "completed" : "incomplete")}}, out);
  }

  void end(std::string&) override {}

  void heartbeat(std::string& out) override {
    std::vector<Json::Member> members{{"response", response_json("in_progress")}};
    if (progress_.begun()) members.emplace_back("prompt_progress", progress_.json(context_.seconds()));
    event("response.in_progress", std::move(members), out);
  }

  void fail(const Failure& failure, std::string& out) override {
    const Json code = *openai_error(failure).find("code");
    error_ =
        Json::object({{"code", code.is_null() ? Json("server_error") : code}, {"message", failure.message}});
    event("response.failed", {{"response", response_json("failed")}}, out);
  }

  std::string whole(const std::vector<Outcome>& outcomes) override {
    const Answer& answer = outcomes.front().answer;
    std::string unused;
    piece(0, {.kind = Piece::Kind::kReasoning, .text = answer.reasoning}, unused);
    piece(0, {.kind = Piece::Kind::kText, .text = answer.text}, unused);
    for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
      const ToolCall& call = answer.tool_calls[i];
      piece(0,
            {.kind = Piece::Kind::kToolCall,
             .text = call.arguments,
             .index = static_cast<int64_t>(i),
             .id = call.id,
             .name = call.name},
            unused);
    }
    close_item(unused);
    return response_json(set_end(outcomes.front()) ? "completed" : "incomplete").dump();
  }

 private:
  /// What the response says at its end. False: it is incomplete.
  bool set_end(const Outcome& outcome) {
    usage_ = usage_json(outcome.usage);
    const FinishReason finish = outcome.answer.finish;
    const bool circles = finish == FinishReason::kRepetition;
    const bool cut = circles || finish == FinishReason::kLength || finish == FinishReason::kContextFull;
    if (cut) incomplete_ = Json::object({{"reason", "max_output_tokens"}});
    if (circles) incomplete_.set("stop_reason", finish_reason_name(finish));
    return !cut;
  }

  Json response_json(const char* status) const {
    Json json = Json::object({{"id", "resp_" + context_.id},
                              {"object", "response"},
                              {"created_at", context_.created},
                              {"status", status},
                              {"error", error_},
                              {"incomplete_details", incomplete_},
                              {"model", context_.model},
                              {"output", Json::array(output_)},
                              {"usage", usage_}});
    const bool completed = std::string_view(status) == "completed";
    json.set("completed_at",
             completed ? Json(context_.created + static_cast<int64_t>(context_.seconds())) : Json());
    for (const auto& [key, value] : options_->echo.members()) json.set(key, value);
    return json;
  }

  void event(const char* type, std::vector<Json::Member> members, std::string& out) {
    members.insert(members.begin(), {{"type", type}, {"sequence_number", sequence_++}});
    append_event(out, type, Json::object(std::move(members)).dump());
  }

  /// An event about the item that is open.
  void item_event(const char* type, std::vector<Json::Member> members, std::string& out) {
    members.insert(members.begin(),
                   {{"item_id", item_id_}, {"output_index", static_cast<int64_t>(output_.size())}});
    event(type, std::move(members), out);
  }

  Json item_json(const char* status) const {
    const bool done = std::string_view(status) == "completed";
    Json item = Json::object({{"id", item_id_}});
    switch (*open_) {
      case Piece::Kind::kText:
        item.set("type", "message");
        item.set("role", "assistant");
        item.set("content", done ? Json::array({text_part("output_text", text_)}) : Json::array());
        break;
      case Piece::Kind::kReasoning:
        item.set("type", "reasoning");
        item.set("summary", Json::array());
        item.set("content", done ? Json::array({text_part("reasoning_text", text_)}) : Json::array());
        item.set("encrypted_content", Json());
        break;
      case Piece::Kind::kToolCall:
        item.set("type", tool_.custom ? "custom_tool_call" : "function_call");
        item.set("call_id", call_id_);
        item.set("name", tool_.name);
        if (!tool_.space.empty()) item.set("namespace", tool_.space);
        if (tool_.custom) item.set("input", done ? ResponseTools::unwrap_input(text_) : "");
        else item.set("arguments", done ? text_ : "");
    }
    item.set("status", status);
    return item;
  }

  void open_item(const Piece& piece, std::string& out) {
    close_item(out);
    open_ = piece.kind;
    text_.clear();
    if (piece.kind == Piece::Kind::kToolCall) {
      call_index_ = piece.index;
      call_id_ = piece.id;
      tool_ = options_->tools.find(piece.name);
    }
    const char* prefix = piece.kind == Piece::Kind::kText        ? "msg_"
                         : piece.kind == Piece::Kind::kReasoning ? "rs_"
                         : tool_.custom                          ? "ctc_"
                                                                 : "fc_";
    item_id_ = prefix + context_.id + "_" + std::to_string(output_.size());
    const auto index = static_cast<int64_t>(output_.size());
    event("response.output_item.added", {{"output_index", index}, {"item", item_json("in_progress")}}, out);
    if (piece.kind != Piece::Kind::kToolCall)
      item_event("response.content_part.added", {{"content_index", 0}, {"part", text_part(part_type(), "")}},
                 out);
  }

  const char* part_type() const { return *open_ == Piece::Kind::kText ? "output_text" : "reasoning_text"; }

  void close_item(std::string& out) {
    if (!open_) return;
    switch (*open_) {
      case Piece::Kind::kText:
        item_event("response.output_text.done",
                   {{"content_index", 0}, {"text", text_}, {"logprobs", Json::array()}}, out);
        break;
      case Piece::Kind::kReasoning:
        item_event("response.reasoning_text.done", {{"content_index", 0}, {"text", text_}}, out);
        break;
      case Piece::Kind::kToolCall: close_call(out);
    }
    if (*open_ != Piece::Kind::kToolCall)
      item_event("response.content_part.done",
                 {{"content_index", 0}, {"part", text_part(part_type(), text_)}}, out);
    Json item = item_json("completed");
    event("response.output_item.done",
          {{"output_index", static_cast<int64_t>(output_.size())}, {"item", item}}, out);
    output_.push_back(std::move(item));
    open_.reset();
  }

  void close_call(std::string& out) {
    if (!tool_.custom) {
      item_event("response.function_call_arguments.done", {{"name", tool_.name}, {"arguments", text_}}, out);
      return;
    }
    const std::string input = ResponseTools::unwrap_input(text_);  // complete arguments only have one
    item_event("response.custom_tool_call_input.delta", {{"delta", input}}, out);
    item_event("response.custom_tool_call_input.done", {{"input", input}}, out);
  }

  const ReplyContext context_;
  const std::shared_ptr<const ResponseOptions> options_;
  int64_t sequence_ = 0;
  PromptWatch progress_;
  std::vector<Json> output_;  // the items that are done
  Json usage_, error_, incomplete_;

  std::optional<Piece::Kind> open_;  // the item that is being written
  std::string item_id_, text_;
  ResponseTools::Tool tool_;  // of the last call
  std::string call_id_;
  int64_t call_index_ = -1;
};

}  // namespace

std::unique_ptr<ReplyWriter> write_openai_responses(ReplyContext context,
                                                    std::shared_ptr<const ResponseOptions> options) {
  return std::make_unique<ResponsesWriter>(std::move(context), std::move(options));
}

}  // namespace tug
