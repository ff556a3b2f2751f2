// The verbs that need the insides: the one header of this folder for the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tugboat/model.h"

namespace tug {

struct BenchOptions {
  std::string model = "demo";
  ModelOptions engine = {};
  std::vector<int64_t> prompts = {512}, generations = {128};  // tokens of each test; 0: none of the kind
  std::vector<int64_t> depths = {0};                          // tokens that are there before
  std::vector<int64_t> threads = {0};                         // 0: all cores
  std::vector<int64_t> batches = {0};                         // most tokens of a prefill step; 0: the default
  std::vector<int64_t> streams = {1};                         // sequences decoded at once
  int64_t repetitions = 5;
};

/// Measures prefill and decode of every combination, each just between two measurements of what the machine
/// can do, and hands over one object a test. Its names are those of llama-bench where that has them; rates in
/// tokens per second, times in nanoseconds. Beyond them:
///   n_streams          sequences of a decode test
///   weight_bytes, cache_bytes      read for one token of the test, as stored; of weights: as the steps asked
///   int8_operations, float_operations   of one token, a multiplication and an addition being two
///   read_gbps, int8_gops, float_gops    what the machine can do: the better of before and after
///   possible_ts, achieved, bottleneck   the rate that the scarcest of these allows, the share reached of it
///   phases             seconds of one repetition by phase, adding up to it
///   load_seconds, load_gbps
/// Errors: those of Model::open; kInvalidArgument for options that the model cannot do.
Status bench(const BenchOptions& options, const std::function<void(const Json& test)>& on_test);

}  // namespace tug
