// What a request is answered does not depend on who else asks, or leaves.
#include <atomic>

#include "base/random.h"
#include "server/long_requests.h"
#include "support/sanitized.h"

namespace tug {
namespace {

constexpr const char* kWords[] = {"What is the capital of Italy?", "Tell me a joke.",
                                  "Hello! My name is Ada.", "Tell me a story about a brave mouse."};

std::string request(size_t which) {
  return std::string(R"({"messages": [{"role": "user", "content": ")") + kWords[which % 4] +
         R"("}], "logprobs": true, "top_logprobs": 3, "max_tokens": )" + std::to_string(10 + which) +
         (which % 2 ? R"(, "temperature": 1, "seed": 5})" : R"(, "temperature": 0})");
}

std::string answer(const RunningServer& server, size_t which) {
  return at(server.post("/v1/chat/completions", request(which)), "choices").dump();
}

TEST(Neighbours, AThousandThatLeaveChangeNothing) {
  const RunningServer server;
  std::vector<std::string> alone;
  for (size_t i = 0; i < 16; ++i) alone.push_back(answer(server, i));

  const uint64_t leaving = cases(1000, 15);
  std::atomic<bool> left = false;
  std::thread neighbours([&] {
    for (uint64_t i = 0; i < leaving; ++i) {
      Client client(server.port());
      client.post("/v1/chat/completions", endless_chat(R"(, "stream": true)"));
      const uint64_t seen = mix_bits(i) % 6;  // some leave at once, some in the middle of their answer
      if (seen > 0) client.head();
      for (uint64_t chunk = 1; chunk < seen; ++chunk) client.chunk();
    }
    left = true;
  });
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      do EXPECT_EQ(answer(server, i), alone[i]) << request(i);
      while (!left);
    });
  for (std::thread& thread : threads) thread.join();
  neighbours.join();
  wait_for_metric(server, kRunning, 0);
  wait_for_metric(server, kWaiting, 0);
  EXPECT_EQ(metric(server,
                   "vllm:request_success_total{model_name=\"demo\",engine=\"0\",finished_reason=\"error\"}"),
            -1);
}

}  // namespace
}  // namespace tug
