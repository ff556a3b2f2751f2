#include <algorithm>

#include "server/dialects/frames.h"
#include "server/dialects/openai/error.h"
#include "server/dialects/openai/log_probabilities.h"
#include "server/dialects/openai/usage.h"
#include "server/dialects/openai_completions/parse.h"
#include "server/dialects/prompt_watch.h"

namespace tug {
namespace {

class CompletionWriter final : public ReplyWriter {
 public:
  CompletionWriter(ReplyContext context, const CompletionReplyOptions& options)
      : context_(std::move(context)),
        options_(options),
        sampled_(context_.answers),
        offsets_(context_.answers),
        outcomes_(context_.answers) {
    start_ = R"(data: {"id":"cmpl-)" + context_.id + R"(","object":"text_completion","created":)" +
             std::to_string(context_.created) + R"(,"model":)";
    append_json_string(start_, context_.model);
  }

  void begin(std::string& out) override {
    for (size_t i = 0; i < context_.answers; ++i) chunk(i, "", out);
  }
  void progress(size_t, const PromptProgress& progress, std::string&) override {
    progress_.note(progress, context_.seconds());
  }
  void token(size_t which, const SampledToken& token, std::string&) override {
    if (options_.log_probabilities) sampled_[which].push_back(token);
  }
  void piece(size_t which, const Piece& piece, std::string& out) override {
    if (!piece.text.empty()) chunk(which, piece.text, out);
  }
  void finish(size_t which, const Outcome& outcome, std::string& out) override {
    Json choice = Json::object({{"index", static_cast<int64_t>(which)},
                                {"text", ""},
                                {"logprobs", log_probabilities(sampled_[which], offsets_[which])}});
    set_finish(choice, outcome.answer.finish);
    out += start_ + R"(,"choices":[)" + choice.dump() + R"(],"timings":)" + timings_json(outcome).dump() +
           "}\n\n";
    outcomes_[which].usage = outcome.usage;
  }
  void end(std::string& out) override {
    if (options_.include_usage) {
      out += start_ + R"(,"choices":[],"usage":)" + openai_usage(outcomes_, options_.per_prompt).dump() +
             "}\n\n";
    }
    append_data(out, "[DONE]");
  }
  void heartbeat(std::string& out) override {
    out += ": still here\n\n" + start_ +
           R"(,"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":null}])";
    if (progress_.begun()) out += R"(,"prompt_progress":)" + progress_.json(context_.seconds()).dump();
    out += "}\n\n";
  }
  void fail(const Failure& failure, std::string& out) override {
    append_data(out, openai_error_reply(failure, {}).body);
    append_data(out, "[DONE]");
  }

  std::string whole(const std::vector<Outcome>& outcomes) override {
    Json choices = Json::array();
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const Answer& answer = outcomes[i].answer;
      int64_t offset = 0;
      Json choice = Json::object({{"index", static_cast<int64_t>(i)},
                                  {"text", answer.text},
                                  {"logprobs", log_probabilities(answer.log_probabilities, offset)}});
      set_finish(choice, answer.finish);
      choices.push(std::move(choice));
    }
    return Json::object({{"id", "cmpl-" + context_.id},
                         {"object", "text_completion"},
                         {"created", context_.created},
                         {"model", context_.model},
                         {"choices", std::move(choices)},
                         {"usage", openai_usage(outcomes, options_.per_prompt)},
                         {"timings", timings_json(outcomes.front())}})
        .dump();
  }

 private:
  void chunk(size_t which, std::string_view text, std::string& out) {
    out += start_ + R"(,"choices":[{"index":)" + std::to_string(which) + R"(,"text":)";
    append_json_string(out, text);
    out += R"(,"logprobs":)";
    if (sampled_[which].empty()) out += "null";
    else out += log_probabilities(sampled_[which], offsets_[which]).dump();
    sampled_[which].clear();
    out += R"(,"finish_reason":null}]})";
    out += "\n\n";
  }

  /// The older shape: parallel lists. `offset` counts the characters before, and moves on.
  Json log_probabilities(const std::vector<SampledToken>& tokens, int64_t& offset) const {
    if (!options_.log_probabilities || tokens.empty()) return {};
    Json texts = Json::array(), numbers = Json::array(), tops = Json::array(), offsets = Json::array();
    for (const SampledToken& token : tokens) {
      const std::string text = context_.token_bytes(token.token);
      texts.push(text);
      numbers.push(json_log_probability(token.log_probability));
      offsets.push(offset);
      offset += std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
      Json top = Json::object();
      for (const TokenProbability& likely : token.most_likely)
        top.set(context_.token_bytes(likely.token), json_log_probability(likely.log_probability));
      tops.push(std::move(top));
    }
    return Json::object({{"tokens", std::move(texts)},
                         {"token_logprobs", std::move(numbers)},
                         {"top_logprobs", std::move(tops)},
                         {"text_offset", std::move(offsets)}});
  }

  const ReplyContext context_;
  const CompletionReplyOptions options_;
  std::string start_;
  std::vector<std::vector<SampledToken>> sampled_;  // of each answer, since its last chunk
  std::vector<int64_t> offsets_;
  std::vector<Outcome> outcomes_;  // their usage alone
  PromptWatch progress_;
};

}  // namespace

std::unique_ptr<ReplyWriter> write_openai_completions(ReplyContext context,
                                                      const CompletionReplyOptions& options) {
  return std::make_unique<CompletionWriter>(std::move(context), options);
}

}  // namespace tug
