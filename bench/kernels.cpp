// What the products reach, by type and instruction set:
//
//   cmake --build --preset release --target bench_kernels && build/release/bench_kernels [TYPE...]
//
// One thread; first proves that every instruction set gives the scalar kernel's bits. Columns:
//   memory   one token, 384 MB of panels: GB/s, and the share of a plain read just before it
//   stored   the same, counting the bytes of the file instead of the panels'
//   cache    one token, panels in the second-level cache: GB/s of panels
//   tile     64 tokens, panels in cache, 8 a call: multiply-adds per second, in thousand million
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "backends/kernels_of.h"
#include "kernels/packing.h"
#include "platform/memory.h"

namespace tug {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kCols = 2048, kTokens = 64, kPanels = 8;
constexpr int kRuns = 5;

/// Seconds of the fastest of some runs.
template <class Work>
double fastest(int runs, Work work) {
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

uint64_t read_sum;  // so that the reads are not for nothing

uint64_t read_all(const Arena& memory) {
  uint64_t sums[16] = {};
  const auto* words = reinterpret_cast<const uint64_t*>(memory.data());
  for (int64_t i = 0; i + 16 <= memory.size() / 8; i += 16) {
    __builtin_prefetch(words + i + 512);
    __builtin_prefetch(words + i + 520);
    for (int lane = 0; lane < 16; ++lane) sums[lane] += words[i + lane];
  }
  uint64_t sum = 0;
  for (const uint64_t lane : sums) sum += lane;
  return sum;
}

/// Rows of activations in both forms.
struct Inputs {
  explicit Inputs(const Kernels& kernels, Form form)
      : x(kTokens * kCols),
        codes(x.size()),
        scales(x.size() / 32),
        sums(x.size() / 32),
        halves(x.size() / 16) {
    uint32_t state = 1;
    for (float& value : x)
      value = static_cast<float>((state = state * 1664525 + 1013904223) >> 8) * 0x1p-23f - 1;
    for (int64_t t = 0; t < kTokens; ++t) {
      floats.push_back(&x[static_cast<size_t>(t * kCols)]);
      if (form == kFloats) continue;
      const int64_t group = form == kCodes32 ? 32 : 256;
      const QuantRowOut to = {
          &codes[static_cast<size_t>(t * kCols)], &scales[static_cast<size_t>(t * kCols / group)],
          &sums[static_cast<size_t>(t * kCols / 32)], &halves[static_cast<size_t>(t * kCols / 16)]};
      kernels.quantise(floats.back(), kCols, group, to);
      rows.push_back({to.codes, to.scales, to.sums, to.half_sums});
    }
  }
  std::vector<float> x;
  std::vector<int8_t> codes;
  std::vector<float> scales;
  std::vector<int16_t> sums, halves;
  std::vector<const float*> floats;
  std::vector<QuantRow> rows;
};

void multiply(const Kernels& kernels, const PanelFormat& format, const std::byte* panel, const Inputs& inputs,
              int64_t panels, int64_t tokens, float* y) {
  const int64_t bytes = kCols / format.columns * format.bytes, apart = tokens * kFloatSums;
  if (format.form == kFloats) {
    static float sums[kPanels * kTokens * kFloatSums];
    std::memset(sums, 0, static_cast<size_t>(panels * apart) * sizeof(float));
    (kernels.*format.dot_floats)({panel, panels, bytes, apart}, kCols, inputs.floats.data(), tokens, sums);
    for (int64_t p = 0; p < panels; ++p)
      kernels.fold(sums + p * apart, tokens, panels * kLanes, y + p * kLanes);
  } else {
    const PanelRun run = {panel, panels, bytes, kLanes};
    (kernels.*format.dot_codes)(run, kCols, inputs.rows.data(), tokens, panels * kLanes, y);
  }
}

void measure(const TypeInfo& info, const Arena& memory) {
  const PanelFormat& format = panel_format(info.type);
  const int64_t bytes = panel_bytes(info.type, kCols), panels = memory.size() / bytes;
  const double stored = static_cast<double>(kLanes * kCols / info.block_elements * info.block_bytes);
  std::vector<std::byte> raw(static_cast<size_t>(stored));
  for (size_t i = 0; i < raw.size(); ++i)
    raw[i] = static_cast<std::byte>((i * 2654435761u >> 13) & 0x3b);  // no NaN
  if (info.type == Type::kMXFP4) {  // its powers of two would be subnormal
    for (size_t at = 0; at < raw.size(); at += 17) raw[at] = std::byte{120};
  }
  pack_panel(info.type, raw.data(), kLanes, kCols, memory.data());
  for (int64_t p = 1; p < panels; ++p)
    std::memcpy(memory.data() + p * bytes, memory.data(), static_cast<size_t>(bytes));

  std::vector<float> truth(kPanels * kTokens * kLanes), y(truth.size());
  const auto run = [&](const char* name, const Kernels& kernels) {
    const Inputs inputs(kernels, format.form);
    multiply(kernels, format, memory.data(), inputs, kPanels, kTokens, y.data());
    if (&kernels == &scalar_kernels()) return void(truth = y);
    if (std::memcmp(truth.data(), y.data(), y.size() * sizeof(float)) != 0) {
      std::printf("%-8s %-7s gives other bits than the scalar kernel\n", info.name.data(), name);
      return;
    }
    double plain = 1e9, from_memory = 1e9;
    for (int i = 0; i < kRuns; ++i) {  // in turns
      plain = std::min(plain, fastest(1, [&] { read_sum ^= read_all(memory); }));
      from_memory = std::min(from_memory, fastest(1, [&] {
                               for (int64_t p = 0; p < panels; ++p)
                                 multiply(kernels, format, memory.data() + p * bytes, inputs, 1, 1, y.data());
                             }));
    }
    const int64_t few = std::max<int64_t>(1, (256 << 10) / bytes);
    const double in_cache =
        fastest(kRuns,
                [&] {
                  for (int64_t p = 0; p < 40 * few; ++p)
                    multiply(kernels, format, memory.data() + p % few * bytes, inputs, 1, 1, y.data());
                }) /
        static_cast<double>(40 * few);
    const double tile =
        fastest(kRuns,
                [&] {
                  for (int64_t p = 0; p < few; p += kPanels)
                    multiply(kernels, format, memory.data() + p * bytes, inputs, kPanels, kTokens, y.data());
                }) /
        static_cast<double>((few + kPanels - 1) / kPanels * kPanels);
    const double read = static_cast<double>(memory.size()) / plain,
                 done = static_cast<double>(panels * bytes) / from_memory;
    std::printf("%-8s %-7s %6.1f %4.0f %% %8.1f %8.1f %8.0f\n", info.name.data(), name, done / 1e9,
                100 * done / read, static_cast<double>(panels) * stored / from_memory / 1e9,
                static_cast<double>(bytes) / in_cache / 1e9,
                static_cast<double>(kTokens * kLanes * kCols) / tile / 1e9);
    std::fflush(stdout);
  };
  for (const Isa isa : kIsas) {
    if (isa_available(isa)) run(isa_name(isa).data(), kernels_of(isa));
  }
}

}  // namespace
}  // namespace tug

int main(int argc, char** argv) {
  using namespace tug;
  auto memory = Arena::allocate(384 << 20);
  if (!memory.ok()) return std::fprintf(stderr, "%s\n", memory.error().message().c_str()), 1;
  std::memset(memory.value().data(), 1, static_cast<size_t>(memory.value().size()));
  std::printf("%s, one thread, %lld columns\n", std::string(cpu_name()).c_str(),
              static_cast<long long>(kCols));
  std::printf("%-8s %-7s %13s %8s %8s %8s\n", "type", "set", "memory GB/s", "stored", "cache", "GMAC/s");
  for (const TypeInfo& info : all_types()) {
    const bool wanted =
        argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char* name) { return info.name == name; });
    if (wanted && panel_format(info.type).bytes > 0) measure(info, memory.value());
  }
  return 0;
}
