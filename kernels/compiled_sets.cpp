#include "kernels/compiled_sets.h"

namespace ternsim::kernels {

std::vector<Isa> compiled_isas() {
  return {
      Isa::Scalar,
#ifdef TERNSIM_HAS_AVX2
      Isa::Avx2,
#endif
#ifdef TERNSIM_HAS_AVX512
      Isa::Avx512,
#endif
#ifdef TERNSIM_HAS_AMX
      Isa::Amx,
#endif
#ifdef TERNSIM_HAS_NEON
      Isa::Neon,   Isa::NeonDot,
#endif
  };
}

}  // namespace ternsim::kernels
