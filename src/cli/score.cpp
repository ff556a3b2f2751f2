#include <cmath>
#include <cstdio>
#include <numeric>

#include "base/json.h"
#include "base/units.h"
#include "cli/files.h"
#include "cli/npy.h"
#include "cli/numbers.h"
#include "cli/progress.h"
#include "cli/verbs.h"

namespace tug {
namespace {

constexpr int64_t kTextBytesMax = int64_t{1} << 30;

Result<std::vector<int32_t>> read_tokens(const ScoreCommand& command, const ModelText& text) {
  const std::string input = TUG_TRY(read_input(command.file, kTextBytesMax));
  std::vector<int32_t> tokens =
      TUG_TRY((command.holds_ids ? parse_ids(input) : text.encode(input, command.special)).in(command.file));
  if (!tokens.empty()) return tokens;
  return Error(ErrorCode::kInvalidArgument, command.file + " is empty; there is nothing to score.");
}

Status check_ids(const std::vector<int32_t>& tokens, int64_t vocabulary) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < vocabulary) continue;
    return Error(ErrorCode::kInvalidArgument, "Token number " + format_count(static_cast<int64_t>(i) + 1) +
                                                  " is " + std::to_string(tokens[i]) +
                                                  "; the model's ids end at " +
                                                  std::to_string(vocabulary - 1) + ".");
  }
  return {};
}

/// The score, with all logits to `logits` where there is one.
Result<Score> score_tokens(const Model& model, const std::vector<int32_t>& tokens, NpyWriter* logits,
                           Terminal& terminal) {
  const auto count = static_cast<int64_t>(tokens.size());
  Session session = TUG_TRY(model.new_session(count));
  if (logits) TUG_TRY(logits->begin(count, model.info().vocabulary));
  Progress progress(terminal, "scoring " + format_count(count) + " tokens");
  int64_t done = 0;
  Status written;
  Score score = TUG_TRY(session.score(tokens, [&](std::span<const float> row) {
    if (logits && written.ok()) written = logits->write_row(row);
    progress.update(++done, count);
  }));
  TUG_TRY(std::move(written));
  if (logits) TUG_TRY(logits->commit());
  return score;
}

double total(const Score& score) {
  return std::accumulate(score.log_probabilities.begin(), score.log_probabilities.end(), 0.0);
}

std::string score_text(const Score& score, int64_t tokens) {
  if (score.log_probabilities.empty()) return "1 token: nothing comes before it, so it has no probability.\n";
  char text[256];
  std::snprintf(
      text, sizeof text,
      "tokens           %s\nlog-probability  %.6f (natural logarithm; mean %.6f)\nperplexity       %.6f\n",
      format_count(tokens).c_str(), total(score),
      total(score) / static_cast<double>(score.log_probabilities.size()), score.perplexity);
  return text;
}

Json score_json(const Score& score, int64_t tokens, const ModelInfo& info) {
  const bool any = !score.log_probabilities.empty();
  Json each = Json::array();
  for (double value : score.log_probabilities) each.push(value);
  const double mean = any ? total(score) / static_cast<double>(score.log_probabilities.size()) : 0;
  return Json::object({{"model", info.name},
                       {"tokens", tokens},
                       {"log_probability", total(score)},
                       {"mean_log_probability", any ? Json(mean) : Json()},
                       {"perplexity", any ? Json(score.perplexity) : Json()},
                       {"log_probabilities", std::move(each)},
                       {"backend", info.backend},
                       {"isa", info.isa},
                       {"threads", info.threads}});
}

}  // namespace

Result<int> execute(const ScoreCommand& command, Terminal& terminal) {
  // Whatever can be wrong with the files is found before a giant is loaded.
  const ModelText text = TUG_TRY(ModelText::open(command.model));
  const std::vector<int32_t> tokens = TUG_TRY(read_tokens(command, text));
  std::optional<NpyWriter> logits;
  if (!command.logits_file.empty()) logits.emplace(TUG_TRY(NpyWriter::create(command.logits_file)));

  const Model model = TUG_TRY(open_model(command.model, command.engine, terminal));
  TUG_TRY(check_ids(tokens, model.info().vocabulary));
  const Score score = TUG_TRY(score_tokens(model, tokens, logits ? &*logits : nullptr, terminal));
  const auto count = static_cast<int64_t>(tokens.size());
  terminal.print(command.json ? score_json(score, count, model.info()).dump() + "\n"
                              : score_text(score, count));
  return kExitSuccess;
}

}  // namespace tug
