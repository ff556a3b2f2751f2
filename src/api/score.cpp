#include <algorithm>

#include "api/parts.h"
#include "base/exact_math.h"
#include "base/units.h"
#include "engine/log_probabilities.h"

namespace tug {
namespace {

/// Logits that are kept for the caller between two steps.
constexpr int64_t kLogitsBytes = int64_t{64} << 20;

/// A score as it grows, step by step.
struct Scoring {
  std::span<const int32_t> tokens;
  bool keep_logits;
  std::vector<double> log_probabilities = {};
  std::vector<float> logits = {};  // of the last step [rows, V], when wanted
};

/// Feeds the next `count` tokens, on the engine's thread.
Status run_step(Engine& engine, Remembered& remembered, int64_t count, Scoring& scoring) {
  std::vector<Row> rows;
  const size_t first = remembered.tokens.size();
  for (size_t i = first; i < first + static_cast<size_t>(count); ++i) {
    rows.push_back({scoring.tokens[i], static_cast<int64_t>(i), remembered.sequence.get(), true});
  }
  scoring.logits.clear();
  Status finite;
  TUG_TRY(engine.step(rows, [&](size_t row, std::span<float> logits) {
    const size_t next = first + row + 1;
    const Result<float> largest = largest_logit(logits, static_cast<int64_t>(next));
    if (!largest.ok()) {
      if (finite.ok()) finite = largest.error();
    } else if (next < scoring.tokens.size()) {
      const double logit = logits[static_cast<size_t>(scoring.tokens[next])];
      scoring.log_probabilities.push_back(logit - log_sum_exp(logits, largest.value()));
    }
    if (scoring.keep_logits) scoring.logits.insert(scoring.logits.end(), logits.begin(), logits.end());
  }));
  for (const Row& row : rows) remembered.tokens.push_back(row.token);
  return finite;
}

Score finish(std::vector<double> log_probabilities) {
  double sum = 0;
  for (double value : log_probabilities) sum += value;
  const auto count = static_cast<double>(log_probabilities.size());
  return {std::move(log_probabilities), count > 0 ? exact_exp(-sum / count) : 0};
}

}  // namespace

Result<Score> Session::score(std::span<const int32_t> tokens,
                             const std::function<void(std::span<const float>)>& on_logits) {
  if (tokens.empty()) return Error(ErrorCode::kInvalidArgument, "There are no tokens to score.");
  const auto total = static_cast<int64_t>(tokens.size());
  if (total > capacity()) {
    return Error(ErrorCode::kContextFull, "The text has " + format_count(total) +
                                              " tokens and the context holds " + format_count(capacity()) +
                                              ".");
  }
  Engine& engine = *parts_->model->engine;
  Remembered& remembered = *parts_->remembered;
  const int64_t vocabulary = engine.plan().vocabulary;
  TUG_TRY(check_tokens(tokens, vocabulary));
  const Parts::Use use = TUG_TRY(parts_->use());
  TUG_TRY(parts_->run([&]() -> Status {
    parts_->forget();
    return {};
  }));
  int64_t rows_max = engine.options().rows_max;
  if (on_logits) {
    rows_max = std::clamp<int64_t>(kLogitsBytes / (vocabulary * int64_t{sizeof(float)}), 1, rows_max);
  }
  Scoring scoring{.tokens = tokens, .keep_logits = on_logits != nullptr};
  for (int64_t done = 0; done < total;) {
    const int64_t count = std::min(rows_max, total - done);
    TUG_TRY(parts_->run([&]() -> Status {
      TUG_TRY(parts_->reserve(total));
      Status status = run_step(engine, remembered, count, scoring);
      if (!status.ok()) parts_->forget();
      return status;
    }));
    for (size_t at = 0; at < scoring.logits.size(); at += static_cast<size_t>(vocabulary))
      on_logits(std::span<const float>(scoring.logits).subspan(at, static_cast<size_t>(vocabulary)));
    done += count;
  }
  return finish(std::move(scoring.log_probabilities));
}

}  // namespace tug
