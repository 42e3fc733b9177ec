#include "sim/reference_recorder.h"

#include <fmt/format.h>

#include "base/error.h"
#include "model/bound_graph.h"
#include "model/cpu_engine.h"
#include "sim/simulation.h"

namespace ternsim::sim {

ReferenceRecorder::ReferenceRecorder(const model::Graph& graph) {
  for (std::size_t i = 0; i < graph.ops.size(); ++i)
    if (graph.ops[i].kind == model::OpKind::BitLinear) op_by_name_[graph.ops[i].name] = static_cast<std::int32_t>(i);
}

void ReferenceRecorder::on_matmul(const model::Matmul& matmul, std::span<std::int32_t> sums) {
  if (passes_.empty()) return;
  MatmulRecord& record = passes_.back()[op_by_name_.find(matmul.name)->second];
  // A long pass comes in pieces, tokens in order.
  record.activations.insert(record.activations.end(), matmul.activations.begin(), matmul.activations.end());
  record.sums.insert(record.sums.end(), sums.begin(), sums.end());
}

std::vector<PassRecord> record_reference(const model::Model& model, const Workload& workload,
                                         std::span<const std::int32_t> tokens) {
  if (workload.batch != 1)
    throw RequestError(
        fmt::format("values are checked for one sequence; the workload has a batch of {}", workload.batch));
  const std::int64_t needed = workload.positions();
  if (static_cast<std::int64_t>(tokens.size()) < needed)
    throw RequestError(
        fmt::format("the workload covers {} positions, only {} tokens were given", needed, tokens.size()));
  model::CpuEngine engine;
  model::Inference inference(model, engine);
  std::int64_t values_per_token = 0;
  for (const model::Op& op : inference.graph().ops)
    if (op.kind == model::OpKind::BitLinear) values_per_token += op.cols + 4 * op.rows;
  constexpr std::int64_t kMaxRecordBytes = std::int64_t{1} << 30;
  if (values_per_token * needed > kMaxRecordBytes)
    throw RequestError(fmt::format("recording {} tokens of this model takes {} MiB, more than 1024; use fewer tokens",
                                   needed, values_per_token * needed >> 20));
  if (workload.context > 0) inference.forward(tokens.first(static_cast<std::size_t>(workload.context)));
  ReferenceRecorder recorder(inference.graph());
  inference.observe(recorder);
  auto at = static_cast<std::size_t>(workload.context);
  for (const model::Pass& pass : passes_of(workload)) {
    recorder.begin_pass();
    inference.forward(tokens.subspan(at, static_cast<std::size_t>(pass.tokens)));
    at += static_cast<std::size_t>(pass.tokens);
  }
  return recorder.take();
}

WeightTable weight_table(const model::Graph& graph, const model::Model& model) {
  WeightTable table;
  const std::vector<model::BoundOp> bound = model::bind_weights(graph, model);
  for (std::size_t i = 0; i < bound.size(); ++i)
    if (bound[i].linear != nullptr) table[static_cast<std::int32_t>(i)] = &bound[i].linear->codes;
  return table;
}

}  // namespace ternsim::sim
