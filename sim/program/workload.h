#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/yaml.h"

namespace ternsim::sim {

/// What an accelerator is asked to do (`configs/workloads/*.yaml`): `batch` sequences, each of which already holds
/// `context` positions, take a prompt of `prefill_tokens` and then produce `decode_tokens` one by one. The prompt's
/// pass yields the first new token; each decode pass yields one more.
struct Workload {
  std::string name;
  std::int64_t prefill_tokens = 0;  ///< 0: decode only
  std::int64_t decode_tokens = 0;   ///< decode passes; 0: prefill only
  std::int64_t context = 0;
  std::int64_t batch = 1;
  /// Share of zero weights assumed where no weights are at hand (timing-only runs of a shape), for zero gating.
  double zero_share = 0.0;
  /// Share of zeros assumed among the inputs of ffn_down behind a squared ReLU, for machines that gather inputs.
  double hidden_zero_share = 0.0;
  /// Share of rows assumed to be all zero where no weights are at hand, for machines that skip them.
  double zero_row_share = 0.0;
  /// Of a list of products (sim/program/topology.h): the input vectors of each operator of the graph. Empty: a model,
  /// through whose operators all tokens of a pass go.
  std::vector<std::int64_t> op_tokens;
  std::string yaml;

  /// Positions of one sequence when the workload is done.
  std::int64_t positions() const { return context + prefill_tokens + decode_tokens; }
};

/// Reads a workload file strictly. `overrides` stand in place of the file's values; the name says so. Throws
/// InputError.
Workload load_workload(const std::filesystem::path& path, std::span<const YamlOverride> overrides = {});

}  // namespace ternsim::sim
