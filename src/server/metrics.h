// What is counted, in Prometheus' text format 0.0.4: under llama-server's and vLLM's names where they have
// one, so that existing dashboards work, and under our own.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tugboat/model.h"

namespace tug {

class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void add(double value);
  void write(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::vector<double> bounds_;
  std::vector<int64_t> counts_;  // of each bound, and of what is above them
  double sum_ = 0;
};

/// From any thread.
class Metrics {
 public:
  void reply(int status);
  // Of each answer, in this order:
  void answer_waits();
  void answer_starts();
  void first_token(double seconds);
  void next_token(double seconds);  // after the one before
  void answer_ends(bool started, const char* finish, const Timings& timings, double seconds);

  /// `limit`: of an answer like those so far.
  std::string text(const ModelInfo& info, size_t connections, const DecodeLimit& limit) const;

 private:
  mutable std::mutex mutex_;
  int64_t waiting_ = 0, running_ = 0;
  int64_t prompt_tokens_ = 0, cached_tokens_ = 0, answer_tokens_ = 0, longest_ = 0;
  double prefill_seconds_ = 0, decode_seconds_ = 0;
  std::map<std::string, int64_t> finishes_;
  std::map<int, int64_t> replies_;
  Histogram first_token_{{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5,  .75,
                          1,    2.5,  5,   7.5, 10,  20,  40,  80, 160, 640, 2560}};
  Histogram next_token_{{.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80}};
  Histogram latency_ = latency(), queue_ = latency(), prefill_ = latency(), decode_ = latency();
  Histogram prompt_size_ = sizes(), answer_size_ = sizes();

  static Histogram latency();
  static Histogram sizes();
};

}  // namespace tug
