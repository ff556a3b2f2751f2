// The verbs that need the insides: the one header of this folder for the command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/function_ref.h"
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

/// The speed of a decoded answer beside what this machine could do, which is measured now, in about a second.
/// `during`: of its tokens. Beyond the names of bench():
///   decode_ts, possible_ts, achieved, bottleneck   "memory", or "drive" where experts are read from it
///   weight_bytes, drive_bytes, wait_ms, hit_rate, foreseen   of a token
///   advice             what would help most
/// `path` and `options`: as the model was opened. Errors: kIo, kOutOfMemory.
Result<Json> run_stats(const std::string& path, const ModelOptions& options, const Model& model,
                       const Streaming& during, const Timings& timings);

/// What decode_limit() has to know. Takes some hundredths of a second, and one more where experts are read
/// from the drive. `path` and `options`: as the model was opened. Errors: kIo, kOutOfMemory.
Result<ReadSpeed> read_speed(const std::string& path, const ModelOptions& options, const Model& model);

/// A synthetic model: random weights in the real shape of a released one.
struct MakeModelOptions {
  std::string shape, type = "q4_k_m";  // of made_shapes(), made_types()
  int64_t layers = 0;                  // the first so many; 0: all
  double router_skew = 0;  // deviation of log(length) of the router's rows; above 0 some experts are popular
  int64_t seed = 1;
  bool sparse = false;  // only the header is written
};

/// The names there are.
std::vector<std::string> made_shapes();
std::vector<std::string> made_types();

/// Writes a GGUF file piece by piece, front to back: its matrices keep activations at order one, and its
/// tokenizer and chat template are the demo's. The same options give the same bytes. Returns the file's size:
/// what was written, or, of a sparse model, what the file must be extended to with zeros.
/// Errors: kInvalidArgument for a shape, type or number of layers that is not there; those of `write`.
Result<int64_t> make_model(const MakeModelOptions& options,
                           FunctionRef<Status(ByteView bytes, int64_t total)> write);

}  // namespace tug
