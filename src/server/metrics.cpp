#include "server/metrics.h"

#include <algorithm>

#include "base/json.h"

namespace tug {
namespace {

std::string number(double value) { return Json(value).dump(); }

void write(std::string& out, const std::string& name, const char* type, const char* help,
           const std::string& labels, const std::string& value) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n" + name + labels + " " +
         value + "\n";
}

std::string quoted_label(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return "\"" + out + "\"";
}

}  // namespace

void Histogram::add(double value) {
  ++counts_[static_cast<size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin())];
  sum_ += value;
}

void Histogram::write(std::string& out, const std::string& name, const std::string& labels) const {
  out += "# TYPE " + name + " histogram\n";
  const std::string open = labels.substr(0, labels.size() - 1);
  int64_t count = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    count += counts_[i];
    const std::string bound = i < bounds_.size() ? number(bounds_[i]) : "+Inf";
    out += name + "_bucket" + open + ",le=\"" + bound + "\"} " + std::to_string(count) + "\n";
  }
  out += name + "_sum" + labels + " " + number(sum_) + "\n";
  out += name + "_count" + labels + " " + std::to_string(count) + "\n";
}

Histogram Metrics::latency() {
  return Histogram(
      {.3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680});
}

Histogram Metrics::sizes() {
  std::vector<double> bounds;
  for (double power = 1; power < 1e6; power *= 10) {
    for (const double step : {1, 2, 5}) bounds.push_back(step * power);
  }
  return Histogram(std::move(bounds));
}

void Metrics::reply(int status) {
  const std::lock_guard lock(mutex_);
  ++replies_[status];
}

void Metrics::answer_waits() {
  const std::lock_guard lock(mutex_);
  ++waiting_;
}

void Metrics::answer_starts() {
  const std::lock_guard lock(mutex_);
  --waiting_;
  ++running_;
}

void Metrics::first_token(double seconds) {
  const std::lock_guard lock(mutex_);
  first_token_.add(seconds);
}

void Metrics::next_token(double seconds) {
  const std::lock_guard lock(mutex_);
  next_token_.add(seconds);
}

void Metrics::answer_ends(bool started, const char* finish, const Timings& timings, double seconds) {
  const std::lock_guard lock(mutex_);
  --(started ? running_ : waiting_);
  ++finishes_[finish];
  if (!started) return;
  const int64_t prompt = timings.prompt_tokens + timings.reused_tokens;
  prompt_tokens_ += timings.prompt_tokens;
  cached_tokens_ += timings.reused_tokens;
  answer_tokens_ += timings.answer_tokens;
  longest_ = std::max(longest_, prompt + timings.answer_tokens);
  prefill_seconds_ += timings.prefill_seconds;
  decode_seconds_ += timings.decode_seconds;
  latency_.add(seconds);
  queue_.add(timings.queue_seconds);
  prefill_.add(timings.prefill_seconds);
  decode_.add(timings.decode_seconds);
  prompt_size_.add(static_cast<double>(prompt));
  answer_size_.add(static_cast<double>(timings.answer_tokens));
}

std::string Metrics::text(const ModelInfo& info, size_t connections, const DecodeLimit& limit) const {
  const std::lock_guard lock(mutex_);
  std::string out;
  const auto rate = [](int64_t tokens, double seconds) {
    return number(seconds > 0 ? static_cast<double>(tokens) / seconds : 0);
  };
  const auto llama = [&](const char* name, const char* type, const char* help, const std::string& value) {
    write(out, std::string("llamacpp:") + name, type, help, "", value);
  };
  llama("prompt_tokens_total", "counter", "Prompt tokens computed.", std::to_string(prompt_tokens_));
  llama("prompt_tokens_cached_total", "counter", "Prompt tokens remembered.", std::to_string(cached_tokens_));
  llama("prompt_seconds_total", "counter", "Time of prompts.", number(prefill_seconds_));
  llama("tokens_predicted_total", "counter", "Tokens of answers.", std::to_string(answer_tokens_));
  llama("tokens_predicted_seconds_total", "counter", "Time of answers.", number(decode_seconds_));
  llama("prompt_tokens_seconds", "gauge", "Prompt tokens a second.", rate(prompt_tokens_, prefill_seconds_));
  llama("predicted_tokens_seconds", "gauge", "Tokens a second.", rate(answer_tokens_, decode_seconds_));
  llama("requests_processing", "gauge", "Answers being computed.", std::to_string(running_));
  llama("requests_deferred", "gauge", "Answers that wait for their turn.", std::to_string(waiting_));
  llama("n_tokens_max", "counter", "Most tokens of a prompt and its answer.", std::to_string(longest_));

  const std::string labels = "{model_name=" + quoted_label(info.name) + ",engine=\"0\"}";
  const auto vllm = [&](const char* name, const char* type, const char* help, const std::string& value) {
    write(out, std::string("vllm:") + name, type, help, labels, value);
  };
  vllm("num_requests_running", "gauge", "Answers being computed.", std::to_string(running_));
  vllm("num_requests_waiting", "gauge", "Answers that wait for their turn.", std::to_string(waiting_));
  vllm("prompt_tokens_total", "counter", "Prompt tokens.", std::to_string(prompt_tokens_ + cached_tokens_));
  vllm("generation_tokens_total", "counter", "Tokens of answers.", std::to_string(answer_tokens_));
  vllm("prefix_cache_queries_total", "counter", "Prompt tokens looked for in what is remembered.",
       std::to_string(prompt_tokens_ + cached_tokens_));
  vllm("prefix_cache_hits_total", "counter", "Prompt tokens remembered.", std::to_string(cached_tokens_));
  const std::string open = labels.substr(0, labels.size() - 1);
  out += "# TYPE vllm:request_success_total counter\n";
  for (const auto& [finish, count] : finishes_) {
    out += "vllm:request_success_total" + open + ",finished_reason=\"" + finish + "\"} " +
           std::to_string(count) + "\n";
  }
  first_token_.write(out, "vllm:time_to_first_token_seconds", labels);
  next_token_.write(out, "vllm:inter_token_latency_seconds", labels);
  latency_.write(out, "vllm:e2e_request_latency_seconds", labels);
  queue_.write(out, "vllm:request_queue_time_seconds", labels);
  prefill_.write(out, "vllm:request_prefill_time_seconds", labels);
  decode_.write(out, "vllm:request_decode_time_seconds", labels);
  prompt_size_.write(out, "vllm:request_prompt_tokens", labels);
  answer_size_.write(out, "vllm:request_generation_tokens", labels);

  const ProcessMemory memory = process_memory();
  write(out, "tug_connections", "gauge", "Open connections.", "", std::to_string(connections));
  write(out, "tug_resident_bytes", "gauge", "Memory of the process.", "", std::to_string(memory.resident));
  write(out, "tug_weight_bytes", "gauge", "Memory of the weights.", "", std::to_string(info.weight_bytes));
  write(out, "tug_bytes_per_token", "gauge", "Weights that a decoded token reads, as stored.", "",
        std::to_string(info.bytes_per_token));
  if (limit.per_second > 0) {
    write(out, "tug_possible_tokens_seconds", "gauge", "What the machine can do for one answer.",
          limit.drive ? "{limit=\"drive\"}" : "{limit=\"memory\"}", number(limit.per_second));
  }
  out += "# TYPE tug_replies_total counter\n";
  for (const auto& [status, count] : replies_)
    out += "tug_replies_total{status=\"" + std::to_string(status) + "\"} " + std::to_string(count) + "\n";
  return out;
}

}  // namespace tug
