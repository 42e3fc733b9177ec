#include "model/float_bodies_table.h"

namespace ternsim::model {

const FloatBodies kFloatScalar = kBodies;

}  // namespace ternsim::model
