// Engines for tests, and the logits they give.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "support/expect.h"

namespace tug {

inline std::unique_ptr<Engine> load_engine(Checkpoint checkpoint, EngineOptions options) {
  if (options.isa == Isa::kScalar && options.backend == "cpu") options.isa = best_isa();
  return value_of(Engine::load(std::move(checkpoint), options, [](int64_t, int64_t) {}));
}

inline std::unique_ptr<Engine> load_engine(const std::string& path, EngineOptions options) {
  return load_engine(value_of(Checkpoint::open(path)), options);
}

/// Feeds tokens to a sequence in chunks; appends the logits [tokens, V] of every position.
inline std::vector<float> feed(Engine& engine, Sequence& sequence, const std::vector<int32_t>& tokens,
                               int64_t chunk) {
  std::vector<float> all;
  for (size_t first = 0; first < tokens.size(); first += static_cast<size_t>(chunk)) {
    std::vector<Row> rows;
    for (size_t i = first; i < std::min(tokens.size(), first + static_cast<size_t>(chunk)); ++i) {
      rows.push_back({tokens[i], sequence.length() + static_cast<int64_t>(i - first), &sequence, true});
    }
    const Status status = engine.step(
        rows, [&](size_t, std::span<float> logits) { all.insert(all.end(), logits.begin(), logits.end()); });
    if (!status.ok()) throw std::runtime_error(status.error().message());
  }
  return all;
}

/// The logits of a fresh sequence.
inline std::vector<float> logits_of(Engine& engine, const std::vector<int32_t>& tokens, int64_t chunk) {
  auto sequence = value_of(engine.new_sequence(static_cast<int64_t>(tokens.size())));
  return feed(engine, *sequence, tokens, chunk);
}

/// What Sequence::save writes.
inline std::vector<std::byte> saved(const Sequence& sequence, uint64_t model,
                                    const std::vector<int32_t>& tokens, int64_t from = 0) {
  std::vector<std::byte> all;
  const Status status = sequence.save(from, model, std::span(tokens).subspan(static_cast<size_t>(from)),
                                      [&](ByteView bytes) -> Status {
                                        all.insert(all.end(), bytes.begin(), bytes.end());
                                        return {};
                                      });
  if (!status.ok()) throw std::runtime_error(status.error().message());
  return all;
}

inline Result<std::vector<int32_t>> restore(Sequence& sequence, uint64_t model, ByteView bytes) {
  ByteReader from(bytes);
  return sequence.restore(model, [&](MutableByteView to) -> Status {
    std::ranges::copy(TUG_TRY(from.take(to.size())), to.begin());
    return {};
  });
}

}  // namespace tug
