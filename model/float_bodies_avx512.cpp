#include "model/float_bodies_table.h"

namespace ternsim::model {

const FloatBodies kFloatAvx512 = kBodies;

}  // namespace ternsim::model
