#pragma once

#include "model/graph.h"
#include "sim/functional_operands.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/value_profile.h"
#include "sim/program/workload.h"

namespace ternsim::sim {

/// What the weights say, and where there are none what the workload assumes. Rows are left out only by machines with
/// `skip_zero_rows`.
ValueProfile known_values(const model::Graph& graph, const AcceleratorConfig& accelerator, const Workload& workload,
                          const WeightTable& weights);

/// `zero_share` of the rows that are stored: where rows of zeros are left out, the others have fewer zeros.
double zero_share_of_stored(const AcceleratorConfig& accelerator, const Workload& workload);

}  // namespace ternsim::sim
