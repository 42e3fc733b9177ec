#include "sim/known_values.h"

#include <cmath>

namespace ternsim::sim {

ValueProfile known_values(const model::Graph& graph, const AcceleratorConfig& accelerator, const Workload& workload,
                          const WeightTable& weights) {
  ValueProfile profile;
  profile.hidden_zero_share = workload.hidden_zero_share;
  if (!accelerator.matrix.skip_zero_rows) return profile;
  for (std::size_t i = 0; i < graph.ops.size(); ++i) {
    const model::Op& op = graph.ops[i];
    if (op.kind != model::OpKind::BitLinear) continue;
    const auto index = static_cast<std::int32_t>(i);
    if (const auto known = weights.find(index); known != weights.end()) {
      const auto zero = static_cast<std::int64_t>(known->second->zero_rows().size());
      if (zero > 0) profile.stored_rows[index] = op.rows - zero;
    } else if (workload.zero_row_share > 0) {
      profile.stored_rows[index] = std::llround(static_cast<double>(op.rows) * (1 - workload.zero_row_share));
    }
  }
  return profile;
}

double zero_share_of_stored(const AcceleratorConfig& accelerator, const Workload& workload) {
  if (!accelerator.matrix.skip_zero_rows || workload.zero_row_share >= 1) return workload.zero_share;
  return (workload.zero_share - workload.zero_row_share) / (1 - workload.zero_row_share);
}

}  // namespace ternsim::sim
