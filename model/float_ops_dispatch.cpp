#include "model/float_ops_dispatch.h"

#include "kernels/isa_bodies.h"

namespace ternsim::model {

namespace {

constexpr kernels::IsaBodies<const FloatBodies*> kBodies = {
    .scalar = &kFloatScalar,
#ifdef TERNSIM_FLOAT_BODIES_X86
    .avx2 = &kFloatAvx2,
    .avx512 = &kFloatAvx512,
#endif
};

}  // namespace

const FloatBodies& float_bodies(kernels::Isa isa) { return *kBodies.of(isa); }

const FloatBodies& float_bodies() {
  static const FloatBodies& chosen = float_bodies(kernels::best_isa());
  return chosen;
}

}  // namespace ternsim::model
