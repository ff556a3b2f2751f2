// Which instructions this CPU (and the operating system) lets us use, and how many cores we may use.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tug {

/// Instruction sets that kernels are compiled for, weakest first.
enum class Isa { kScalar, kNeon, kAvx2, kAvxVnni, kAvx512, kAmx };
inline constexpr std::array kIsas = {Isa::kScalar,  Isa::kNeon,   Isa::kAvx2,
                                     Isa::kAvxVnni, Isa::kAvx512, Isa::kAmx};

std::string_view isa_name(Isa isa);
std::optional<Isa> isa_from_name(std::string_view name);

/// kNeon needs the dot product extension; kAvx2 needs AVX2, FMA and F16C; kAvxVnni AVX-VNNI on top, kAvx512
/// needs F, BW, DQ, VL and VNNI on top, kAmx TILE and INT8 on top of those, and the system's permission.
bool isa_available(Isa isa);
Isa best_isa();

/// Cores that this process may use (affinity and control-group quota), at least 1.
int available_cores();

/// The processor's name, e.g. "AMD EPYC 9B45"; empty when unknown.
std::string_view cpu_name();

}  // namespace tug
