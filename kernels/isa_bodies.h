#pragma once

#include "kernels/dispatch.h"

namespace ternsim::kernels {

/// A kernel's bodies by instruction set, each a pointer; null where a set has none of its own, or this build none.
template <typename Body>
struct IsaBodies {
  Body scalar;
  Body avx2 = nullptr;
  Body avx512 = nullptr;
  Body amx = nullptr;
  Body neon = nullptr;
  Body neon_dot = nullptr;

  /// The set's own body, or that of the set it builds on: AMX on AVX-512 on AVX2, NEON with dot products on NEON, all
  /// on the plain one.
  constexpr Body of(Isa isa) const {
    switch (isa) {
      case Isa::Amx:
        if (amx != nullptr) return amx;
        [[fallthrough]];
      case Isa::Avx512:
        if (avx512 != nullptr) return avx512;
        [[fallthrough]];
      case Isa::Avx2:
        return avx2 != nullptr ? avx2 : scalar;
      case Isa::NeonDot:
        if (neon_dot != nullptr) return neon_dot;
        [[fallthrough]];
      case Isa::Neon:
        return neon != nullptr ? neon : scalar;
      case Isa::Scalar:
        break;
    }
    return scalar;
  }
};

}  // namespace ternsim::kernels
