#include "server/dialects/frames.h"
#include "server/dialects/openai/error.h"
#include "server/dialects/openai/log_probabilities.h"
#include "server/dialects/openai/usage.h"
#include "server/dialects/openai_chat/parse.h"
#include "server/dialects/prompt_watch.h"

namespace tug {
namespace {

class ChatWriter final : public ReplyWriter {
 public:
  ChatWriter(ReplyContext context, const ChatReplyOptions& options)
      : context_(std::move(context)),
        options_(options),
        sampled_(context_.answers),
        progress_(context_.answers),
        outcomes_(context_.answers) {
    start_ = R"(data: {"id":"chatcmpl-)" + context_.id + R"(","object":"chat.completion.chunk","created":)" +
             std::to_string(context_.created) + R"(,"model":)";
    append_json_string(start_, context_.model);
    start_ += R"(,"system_fingerprint":"tugboat")";
  }

  void begin(std::string& out) override {
    for (size_t i = 0; i < context_.answers; ++i) chunk(i, R"({"role":"assistant","content":null})", out);
  }

  void progress(size_t which, const PromptProgress& progress, std::string& out) override {
    progress_[which].note(progress, context_.seconds());
    if (options_.return_progress) empty_chunk(which, out);
  }

  void token(size_t which, const SampledToken& token, std::string&) override {
    if (options_.log_probabilities) sampled_[which].push_back(token);
  }

  void piece(size_t which, const Piece& piece, std::string& out) override {
    std::string delta;
    switch (piece.kind) {
      case Piece::Kind::kText:
        if (piece.text.empty()) return;
        delta = R"({"content":)";
        append_json_string(delta, piece.text);
        delta += '}';
        break;
      case Piece::Kind::kReasoning:
        if (piece.text.empty()) return;
        delta = R"({"reasoning_content":)";
        append_json_string(delta, piece.text);
        delta += R"(,"reasoning":)";
        append_json_string(delta, piece.text);
        delta += '}';
        break;
      case Piece::Kind::kToolCall: delta = call_delta(piece); break;
    }
    chunk(which, delta, out);
  }

  void finish(size_t which, const Outcome& outcome, std::string& out) override {
    if (!sampled_[which].empty()) chunk(which, R"({"content":""})", out);
    Json choice = Json::object(
        {{"index", static_cast<int64_t>(which)}, {"delta", Json::object()}, {"logprobs", Json()}});
    set_finish(choice, outcome.answer.finish);
    out += start_ + R"(,"choices":[)" + choice.dump() + R"(],"timings":)" + timings_json(outcome).dump() +
           "}\n\n";
    outcomes_[which].usage = outcome.usage;
  }

  void end(std::string& out) override {
    if (options_.include_usage)
      out +=
          start_ + R"(,"choices":[],"usage":)" + openai_usage(outcomes_, context_.answers).dump() + "}\n\n";
    append_data(out, "[DONE]");
  }

  void heartbeat(std::string& out) override {
    out += ": still here\n\n";
    empty_chunk(0, out);
  }

  void fail(const Failure& failure, std::string& out) override {
    append_data(out, openai_error_reply(failure, {}).body);
    append_data(out, "[DONE]");
  }

  std::string whole(const std::vector<Outcome>& outcomes) override {
    Json choices = Json::array();
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const Answer& answer = outcomes[i].answer;
      Json choice =
          Json::object({{"index", static_cast<int64_t>(i)},
                        {"message", message_json(answer)},
                        {"logprobs", options_.log_probabilities
                                         ? chat_log_probabilities(answer.log_probabilities, context_)
                                         : Json()}});
      set_finish(choice, answer.finish);
      choices.push(std::move(choice));
    }
    return Json::object({{"id", "chatcmpl-" + context_.id},
                         {"object", "chat.completion"},
                         {"created", context_.created},
                         {"model", context_.model},
                         {"system_fingerprint", "tugboat"},
                         {"choices", std::move(choices)},
                         {"usage", openai_usage(outcomes, context_.answers)},
                         {"timings", timings_json(outcomes.front())}})
        .dump();
  }

 private:
  static Json message_json(const Answer& answer) {
    Json message = Json::object({{"role", "assistant"}});
    const bool only_calls = answer.text.empty() && !answer.tool_calls.empty();
    message.set("content", only_calls ? Json() : Json(answer.text));
    message.set("refusal", Json());
    if (!answer.reasoning.empty()) {
      message.set("reasoning_content", answer.reasoning);
      message.set("reasoning", answer.reasoning);
    }
    if (answer.tool_calls.empty()) return message;
    Json calls = Json::array();
    for (const ToolCall& call : answer.tool_calls) {
      calls.push(
          Json::object({{"id", call.id},
                        {"type", "function"},
                        {"function", Json::object({{"name", call.name}, {"arguments", call.arguments}})}}));
    }
    message.set("tool_calls", std::move(calls));
    return message;
  }

  /// Every delta says which call it belongs to; id, type and name are in the first alone.
  static std::string call_delta(const Piece& piece) {
    std::string delta = R"({"tool_calls":[{"index":)" + std::to_string(piece.index);
    if (!piece.id.empty()) {
      delta += R"(,"id":)";
      append_json_string(delta, piece.id);
      delta += R"(,"type":"function")";
    }
    delta += R"(,"function":{)";
    if (!piece.name.empty()) {
      delta += R"("name":)";
      append_json_string(delta, piece.name);
      delta += ',';
    }
    delta += R"("arguments":)";
    append_json_string(delta, piece.text);
    return delta + "}}]}";
  }

  void chunk(size_t which, std::string_view delta, std::string& out) {
    out.append(start_).append(R"(,"choices":[{"index":)").append(std::to_string(which));
    out.append(R"(,"delta":)").append(delta).append(R"(,"logprobs":)");
    if (sampled_[which].empty()) out += "null";
    else out += chat_log_probabilities(sampled_[which], context_).dump();
    sampled_[which].clear();
    out += R"(,"finish_reason":null}]})";
    out += "\n\n";
  }

  /// Nothing new but, where it is known, how far the prompt has been read.
  void empty_chunk(size_t which, std::string& out) {
    out.append(start_).append(R"(,"choices":[{"index":)").append(std::to_string(which));
    out += R"(,"delta":{},"logprobs":null,"finish_reason":null}])";
    const PromptWatch& progress = progress_[which];
    if (progress.begun()) {
      out += R"(,"prompt_progress":)";
      out += progress.json(context_.seconds()).dump();
    }
    out += "}\n\n";
  }

  const ReplyContext context_;
  const ChatReplyOptions options_;
  std::string start_;                               // of every chunk
  std::vector<std::vector<SampledToken>> sampled_;  // of each answer, since its last chunk
  std::vector<PromptWatch> progress_;
  std::vector<Outcome> outcomes_;  // their usage alone
};

}  // namespace

std::unique_ptr<ReplyWriter> write_openai_chat(ReplyContext context, const ChatReplyOptions& options) {
  return std::make_unique<ChatWriter>(std::move(context), options);
}

}  // namespace tug
