#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/inference.h"
#include "sim/functional_operands.h"
#include "sim/program/workload.h"

namespace ternsim::sim {

/// Writes down what the reference computes in each BitLinear, pass by pass, for the simulation to be held against.
class ReferenceRecorder : public model::MatmulObserver {
 public:
  explicit ReferenceRecorder(const model::Graph& graph);
  void begin_pass() { passes_.emplace_back(); }
  void on_matmul(const model::Matmul& matmul, std::span<std::int32_t> sums) override;
  std::vector<PassRecord> take() { return std::move(passes_); }

 private:
  std::map<std::string, std::int32_t, std::less<>> op_by_name_;
  std::vector<PassRecord> passes_;
};

/// Runs a workload on the reference and records it. `tokens` are the sequence: context, prompt and decoded tokens, at
/// least workload.context + prefill_tokens + decode_tokens of them. Throws RequestError for a batch above 1, too few
/// tokens, or a record of more than 1 GiB.
std::vector<PassRecord> record_reference(const model::Model& model, const Workload& workload,
                                         std::span<const std::int32_t> tokens);

/// The packed weights of a graph's BitLinears by operator index. Pointers are into `model`.
WeightTable weight_table(const model::Graph& graph, const model::Model& model);

}  // namespace ternsim::sim
