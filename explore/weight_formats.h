#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/statistic.h"
#include "energy/technology.h"
#include "explore/machine_runs.h"
#include "model/graph.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/workload.h"

namespace ternsim::explore {

/// One weight format, with the machine that runs it.
struct WeightFormat {
  std::string name;
  double bits = 0;                ///< of a weight of a linear layer, in the format's files; averaged over the shape
  sim::AcceleratorConfig config;  ///< its `matrix.weight_bits()` may differ a little where the format is a mixture
  model::Graph graph;             ///< with the format's embedding
  std::string note;
};

/// `configs/published/weight_formats.yaml` with everything it names.
struct WeightFormatTable {
  std::string name;
  std::string title;
  std::string source;
  std::string model;
  sim::Workload workload;  ///< a prompt, and tokens decoded behind it
  std::vector<WeightFormat> formats;
};

/// Average bits of a weight of the graph's linear layers in llama.cpp's mixture Q4_K_M: Q6_K for attn_v and ffn_down of
/// some layers, Q4_K for the rest. Throws RequestError on a graph with rows that its blocks of 256 do not divide.
double q4_k_m_bits(const model::Graph& graph);

/// Machines are read from `accelerators`, shapes from `models`. Throws InputError on anything missing, unknown or out
/// of range, and RequestError where a format cannot hold the shape.
WeightFormatTable load_weight_formats(const std::filesystem::path& path, const std::filesystem::path& accelerators,
                                      const std::filesystem::path& models, const std::filesystem::path& rtl_configs);

/// A format as it ran.
struct FormatRun {
  const WeightFormat* format = nullptr;
  std::shared_ptr<const Machine> machine;
};

/// Runs every format on its machine; `step` is called after each. The rows refer to the table.
std::vector<FormatRun> run_weight_formats(const WeightFormatTable& table, const energy::Technology& technology,
                                          MachineRuns& machines, const std::function<void()>& step);

/// Node of the table's name with tabular children "storage" (bits, bytes, machine), "prefill" and "decode" (tokens/s,
/// J/token at three corners, each against the first format).
StatisticNode weight_formats_node(const WeightFormatTable& table, const std::vector<FormatRun>& runs,
                                  const energy::Technology& technology);

}  // namespace ternsim::explore
