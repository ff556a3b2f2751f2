// How much and how long a client may take. Nothing that a client sends grows without one of these.
#pragma once

#include <chrono>
#include <cstddef>

namespace tug {

struct HttpLimits {
  using Time = std::chrono::milliseconds;

  size_t connections = 4096;
  size_t header_bytes = 16 << 10;
  size_t body_bytes = size_t{64} << 20;
  size_t bodies_bytes = size_t{512} << 20;  // of all requests that are being read or wait
  size_t outbox_bytes = 64 << 10;           // of one answer, on its way to the system

  Time header_time{20'000};    // from the first byte of a request to the last of its header
  Time body_grace{10'000};     // after this a body must have come at
  size_t body_rate = 1 << 10;  // bytes a second
  Time stall_time{60'000};     // for an outbox to be taken
  Time idle_time{75'000};      // between two requests
  Time linger_time{5'000};     // for a client to take the last answer before its socket is closed
};

}  // namespace tug
