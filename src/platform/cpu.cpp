#include "platform/cpu.h"

#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

namespace tug {
namespace {

constexpr std::array<std::string_view, kIsas.size()> kNames = {"scalar",  "neon",   "avx2",
                                                               "avxvnni", "avx512", "amx"};

/// Cores that the control group's CPU quota allows; a large number when there is none.
int quota_cores() {
  double quota = -1, period = 1;
  if (std::FILE* file =
          std::fopen("/sys/fs/cgroup/cpu.max", "r")) {  // version 2: "max 100000" or "200000 100000"
    if (std::fscanf(file, "%lf %lf", &quota, &period) != 2) quota = -1;
    std::fclose(file);
  }
  return quota > 0 && period > 0 ? std::max(1, static_cast<int>(std::floor(quota / period + 0.5))) : 1 << 20;
}

#if defined(__x86_64__)
/// clang 14's __builtin_cpu_supports does not know these two.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
bool has_avx_vnni() {
  constexpr unsigned kAvxVnniBit = 1 << 4;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & kAvxVnniBit) != 0;
}
/// The system keeps tiles for the threads of a process that has asked for it.
bool has_amx_int8() {
  constexpr unsigned kTileBit = 1u << 24, kInt8Bit = 1u << 25, kBoth = kTileBit | kInt8Bit;
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kBoth) == kBoth &&
         syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

std::string read_cpu_name() {
  std::string name;
  if (std::FILE* file = std::fopen("/proc/cpuinfo", "r")) {
    char line[512];
    while (name.empty() && std::fgets(line, sizeof line, file)) {
      if (std::strncmp(line, "model name", 10) != 0) continue;
      if (const char* colon = std::strchr(line, ':')) name = colon + 2;
    }
    std::fclose(file);
  }
  while (!name.empty() && (name.back() == '\n' || name.back() == ' ')) name.pop_back();
  return name;
}

}  // namespace

std::string_view isa_name(Isa isa) { return kNames[static_cast<size_t>(isa)]; }

std::optional<Isa> isa_from_name(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Isa>(found - kNames.begin());
}

bool isa_available(Isa isa) {
#if defined(__x86_64__)
  // These builtins also ask the operating system (XGETBV) whether it keeps the wide registers.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  if (isa == Isa::kAvx2) return avx2;
  if (isa == Isa::kAvxVnni) return avx2 && has_avx_vnni();
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512vnni");
  if (isa == Isa::kAvx512) return avx512;
  if (isa == Isa::kAmx) return avx512 && has_amx_int8();
#elif defined(__aarch64__)
  if (isa == Isa::kNeon) return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#endif
  return isa == Isa::kScalar;
}

Isa best_isa() {
  Isa best = Isa::kScalar;
  for (const Isa isa : kIsas) best = isa_available(isa) ? isa : best;
  return best;
}

int available_cores() {
  cpu_set_t set;
  const int affinity = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return std::max(1, std::min(affinity, quota_cores()));
}

std::string_view cpu_name() {
  static const std::string name = read_cpu_name();
  return name;
}

}  // namespace tug
