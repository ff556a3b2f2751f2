#include "server/dialects/openai/log_probabilities.h"

#include <algorithm>
#include <cmath>

namespace tug {
namespace {

Json entry(int32_t token, double log_probability, const ReplyContext& context) {
  const std::string text = context.token_bytes(token);
  Json bytes = Json::array();
  for (const char c : text) bytes.push(static_cast<int>(static_cast<unsigned char>(c)));
  return Json::object(
      {{"token", text}, {"logprob", json_log_probability(log_probability)}, {"bytes", std::move(bytes)}});
}

}  // namespace

double json_log_probability(double log_probability) {
  constexpr double kLowest = -9999;
  return std::isfinite(log_probability) ? std::max(log_probability, kLowest) : kLowest;
}

Json chat_log_probabilities(std::span<const SampledToken> tokens, const ReplyContext& context) {
  Json content = Json::array();
  for (const SampledToken& token : tokens) {
    Json one = entry(token.token, token.log_probability, context);
    Json top = Json::array();
    for (const TokenProbability& likely : token.most_likely)
      top.push(entry(likely.token, likely.log_probability, context));
    one.set("top_logprobs", std::move(top));
    content.push(std::move(one));
  }
  return Json::object({{"content", std::move(content)}, {"refusal", Json()}});
}

}  // namespace tug
