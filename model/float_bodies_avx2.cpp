#include "model/float_bodies_table.h"

namespace ternsim::model {

const FloatBodies kFloatAvx2 = kBodies;

}  // namespace ternsim::model
