// What a test of `tug bench` measured, as JSON with llama-bench's names where it has them.
#pragma once

#include <vector>

#include "base/json.h"
#include "engine/engine.h"
#include "workshop/counting_store.h"
#include "workshop/limits.h"

namespace tug {

struct Test {
  int64_t prompt = 0, generation = 0, depth = 0, streams = 1;
  int64_t tokens() const { return prompt > 0 ? prompt : generation * streams; }
  int64_t context() const { return depth + prompt + generation; }
};

/// One repetition of a test, or the mean of several.
struct Sample {
  double seconds = 0;
  CountingStore::Count count = {};
  PhaseTimes phases = {};
};

/// samples: of one test, at least one; warm_up: what ran before them.
Json bench_report(const Engine& engine, double load_seconds, const Test& test, const Sample& warm_up,
                  const std::vector<Sample>& samples, const Limits& limits);

}  // namespace tug
