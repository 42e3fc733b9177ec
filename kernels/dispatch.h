#pragma once

#include <string_view>
#include <vector>

namespace ternsim::kernels {

/// The instruction sets that the kernels are written for. Results are the same on each.
enum class Isa { Scalar, Avx2, Avx512, Amx, Neon, NeonDot };
std::string_view name_of(Isa isa);

/// Whether this build contains the set's kernels and this machine can run them.
bool is_available(Isa isa);
/// All available sets, plainest first; never empty.
std::vector<Isa> available_isas();
/// The fastest available set, or the one that the environment variable TERNSIM_ISA asks for by name: scalar, avx2,
/// avx512, amx, neon or neon-dotprod. Throws RequestError when that is unknown or not available.
Isa best_isa();

}  // namespace ternsim::kernels
