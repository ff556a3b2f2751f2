// Runners of random models, and requests for them.
#pragma once

#include <optional>
#include <thread>

#include "engine/runner.h"
#include "files/embedded_demo.h"
#include "support/engines.h"
#include "support/event_box.h"
#include "support/hostile_store.h"
#include "support/random_model.h"
#include "support/temp_dir.h"
#include "text/load_tokenizer.h"

namespace tug {

/// While it lives, the engine does nothing.
class Hold {
 public:
  explicit Hold(Runner& runner)
      : holder_([&] {
          runner.run([&] {
            standing_.open();
            go_on_.wait();
          });
        }) {
    standing_.wait();
  }
  ~Hold() {
    go_on_.open();
    holder_.join();
  }

 private:
  Gate standing_, go_on_;
  std::thread holder_;
};

/// A random model with room for so many tokens' state, the tokenizer of the demo, and a runner.
class Runners : public testing::Test {
 protected:
  Runners() : tokenizer_(value_of(load_tokenizer(value_of(open_embedded_demo())))) {
    shape_.types = {Type::kF16, Type::kQ8_0};
    path_ = directory_ / "model.gguf";
  }

  void start(EngineOptions options = {.threads = 2, .rows_max = 24}, int64_t waiting_max = 100,
             int64_t state_memory = 0) {
    runner_.reset();
    make_random_model(shape_).write(path_);
    engine_ = load_engine(path_, options);
    runner_.emplace(*engine_, tokenizer_, no_stop_, waiting_max, state_memory);
  }
  /// The same with memory for so many sequences of `tokens` tokens beside the weights.
  void start_with_room(int64_t tokens, int64_t sequences = 1, int64_t state_memory = 0) {
    start();
    const int64_t room = sequences * engine_->sequence_bytes(tokens);
    const int64_t others = engine_->options().memory_limit - engine_->sequences_limit();
    start({.threads = 2, .memory_limit = others + room, .rows_max = 24}, 100, state_memory);
  }
  void start_hostile(const Hostility& hostility) {
    runner_.reset();
    make_random_model(shape_).write(path_);
    engine_ = load_hostile_engine(path_, {.threads = 2, .rows_max = 24}, hostility);
    runner_.emplace(*engine_, tokenizer_, no_stop_, 100, 0);
  }

  Request request(uint64_t seed, int64_t prompt, int64_t answer) const {
    Request r{.prompt = {.raw = true}, .options = {.tokens_max = answer}};
    for (int64_t i = 0; i < prompt; ++i) {
      const double at = uniform_at(seed, static_cast<uint64_t>(i));
      r.prompt.tokens.push_back(static_cast<int32_t>(at * static_cast<double>(shape_.vocabulary)));
    }
    r.options.sampling.seed = seed;
    return r;
  }
  Answer alone(const Request& r) {
    const EventBox box;
    value_of(runner_->submit(r, box.sink()));
    return value_of(box.answer());
  }

  TempDir directory_;
  std::string path_;
  RandomModel shape_;
  Tokenizer tokenizer_;
  std::vector<int32_t> no_stop_;
  std::unique_ptr<Engine> engine_;
  std::optional<Runner> runner_;
};

}  // namespace tug
