// What stands behind the handles of the public API.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/runner.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"
#include "tugboat/model.h"

namespace tug {

struct ModelText::Parts {
  Tokenizer tokenizer;
  // An error: it cannot be used, which only matters to who wants it. The second: for prompts that offer
  // tools.
  std::optional<Result<ChatTemplate>> chat_template, tool_template;
  std::vector<std::string> other_templates;      // names of those that are not used
  std::vector<Json::Member> template_variables;  // bos_token, eos_token
  std::vector<int32_t> stop_tokens;              // ascending
  Sampling default_sampling;
};

struct Model::Parts {
  ModelText text;
  std::unique_ptr<Engine> engine;
  ModelInfo info;
  std::unique_ptr<Runner> runner;  // the last member: it ends before what it uses
};

struct Session::Parts {
  std::shared_ptr<Model::Parts> model;
  int64_t capacity;
  std::shared_ptr<Remembered> remembered;

  /// Runs work that may touch sequences, on the engine's thread.
  template <class Work>
  Status run(Work work) {
    Status status;
    model->runner->run([&] { status = work(); });
    return status;
  }
  /// Its functions do not nest. Errors: kInvalidArgument.
  class Use {
   public:
    explicit Use(bool& busy) : busy_(&busy) { busy = true; }
    Use(Use&& other) noexcept : busy_(std::exchange(other.busy_, nullptr)) {}
    ~Use() {
      if (busy_) *busy_ = false;
    }

   private:
    bool* busy_;
  };
  bool busy = false;
  Result<Use> use() {
    if (!busy) return Use(busy);
    return Error(ErrorCode::kInvalidArgument, "The session is in use: one of its callbacks called it again.");
  }

  /// Room for so many tokens. On the engine's thread, as forget().
  Status reserve(int64_t tokens) {
    model->runner->make_room(model->engine->sequence_bytes(tokens));
    return remembered->reserve(*model->engine, tokens, capacity);
  }
  void forget() { remembered->forget(); }
  ~Parts() {
    model->runner->run([&] { forget(); });
  }
};

/// Tokenizer, template and defaults of a checkpoint. Errors: kNotFound without a tokenizer; kCorrupt,
/// kUnsupported.
Result<ModelText> read_model_text(const Checkpoint& checkpoint);

}  // namespace tug
