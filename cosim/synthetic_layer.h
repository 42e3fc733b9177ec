#pragma once

#include <cstdint>

#include "model/shape.h"
#include "model/weights.h"

namespace ternsim::cosim {

/// The first layer of a model of that shape with random ternary weights (model/synthesize.h): one block as the shape
/// has it, an embedding of 256 tokens. It goes through a file in the system's folder for temporary ones, which is gone
/// afterwards. Throws RequestError and InputError as model::synthesize.
model::Model synthetic_layer(const model::ModelShape& shape, std::uint64_t seed);

}  // namespace ternsim::cosim
