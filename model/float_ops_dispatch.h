#pragma once

#include "kernels/dispatch.h"
#include "model/float_bodies.h"

namespace ternsim::model {

/// The bodies compiled for `isa`, or the plain ones where there are none for it in this build.
const FloatBodies& float_bodies(kernels::Isa isa);
/// Those of kernels::best_isa() as it was at the first call, which throws what that throws.
const FloatBodies& float_bodies();

}  // namespace ternsim::model
