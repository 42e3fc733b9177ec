// Bytes as one of the files that a user writes: an accelerator, a workload, a technology, a model's shape, a sweep, a
// topology. Each ends in what it describes, within its limits, or in a clear error.
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "energy/technology.h"
#include "model/graph.h"
#include "model/shape_yaml.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/topology.h"
#include "sim/program/workload.h"
#include "sweep/sweep_file.h"
#include "tests/fuzz/clear_error.h"
#include "tests/fuzz/configuration_input.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/yaml_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace ternsim;
namespace fs = std::filesystem;

const fs::path kRoot = TERNSIM_SOURCE_DIR;

/// A last line "--set key=value" is an override, as the commands' option.
std::vector<YamlOverride> split_override(std::string_view& text) {
  constexpr std::string_view kOption = "--set ";
  const std::size_t at = text.rfind(kOption);
  if (at == std::string_view::npos || (at > 0 && text[at - 1] != '\n')) return {};
  const std::string_view given = text.substr(at + kOption.size());
  const std::size_t equals = given.find('=');
  if (equals == std::string_view::npos) return {};
  text = text.substr(0, at);
  return {{std::string(given.substr(0, equals)), std::string(given.substr(equals + 1)), fuzz::kOrigin}};
}

void read_accelerator(std::string_view text) {
  const auto overrides = split_override(text);
  const sim::AcceleratorConfig config =
      sim::load_accelerator(fuzz::input_file(text), kRoot / "rtl" / "configs.yaml", overrides);
  if (!(config.peak_macs_per_second() > 0)) fuzz::finding("an accelerator without a peak", config.name);
  const sim::MatrixUnitConfig& matrix = config.matrix;
  if (!(matrix.weight_bits() > 1) || matrix.packed_bytes(1000) * 8 < 1000)
    fuzz::finding("a weight of less than a bit", name_of(matrix.packing));
  if (name_of(matrix.dataflow).empty() || name_of(matrix.datapath).empty() || name_of(config.dram.model).empty() ||
      (config.dram.present() && config.dram.mapping_name().empty()))
    fuzz::finding("a choice without a name", config.name);
}

void read_workload(std::string_view text) {
  const auto overrides = split_override(text);
  const sim::Workload workload = sim::load_workload(fuzz::input_file(text), overrides);
  if (workload.batch < 1 || workload.positions() < 1) fuzz::finding("an empty workload", workload.name);
}

void read_technology(std::string_view text) {
  // Ends of a node between two are looked for beside the file: the shipped ones.
  const std::string origin = (kRoot / "configs" / "technologies" / fuzz::kOrigin).string();
  const energy::Technology technology = energy::Technology::parse(std::string(text), origin);
  for (const energy::Constant& constant : technology.constants()) {
    if (!(constant.low <= constant.mid && constant.mid <= constant.high))
      fuzz::finding("a constant outside of its range", constant.name);
    const energy::Technology pinned = technology.pinned(constant.name, energy::Corner::High);
    if (pinned.constant(constant.name).low != constant.high) fuzz::finding("not pinned", constant.name);
  }
}

void read_shape(std::string_view text) {
  const auto overrides = split_override(text);
  const model::ModelShape shape = model::load_shape(fuzz::input_file(text), overrides);
  if (shape.block_count > 64) return;  // a graph has operators of every block
  const model::Graph graph = model::Graph::build(shape);
  if (graph.ops.empty()) fuzz::finding("a graph without operators", shape.name);
}

void read_sweep(std::string_view text) {
  const sweep::Sweep sweep = sweep::parse_sweep(std::string(text), fuzz::kOrigin);
  if (sweep.rules.objectives.empty()) fuzz::finding("a sweep without an objective", sweep.name);
  const std::uint64_t designs = sweep.designs();
  if (designs == 0) fuzz::finding("a sweep without designs", sweep.name);
  for (const std::uint64_t index : {std::uint64_t{0}, designs / 2, designs - 1}) sweep.at(index);
}

void read_topology(std::string_view text) {
  const sim::Topology topology = sim::load_topology(fuzz::input_file(text));
  for (const sim::TopologyLayer& layer : topology.layers)
    if (layer.rows < 1 || layer.cols < 1 || layer.tokens < 1) fuzz::finding("an empty product", layer.name);
  if (sim::graph_of(topology).ops.size() != sim::workload_of(topology).op_tokens.size())
    fuzz::finding("a topology whose products have no tokens", topology.name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  fuzz::ends_clearly([&] {
    switch (static_cast<fuzz::ConfigurationInput>(data[0] % fuzz::kConfigurationInputs)) {
      case fuzz::ConfigurationInput::Accelerator:
        return read_accelerator(text);
      case fuzz::ConfigurationInput::Workload:
        return read_workload(text);
      case fuzz::ConfigurationInput::Technology:
        return read_technology(text);
      case fuzz::ConfigurationInput::ModelShape:
        return read_shape(text);
      case fuzz::ConfigurationInput::Sweep:
        return read_sweep(text);
      case fuzz::ConfigurationInput::Topology:
        return read_topology(text);
    }
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  if (size > 1 && seed % 4 != 0) {
    const std::string changed = fuzz::mutate_lines({reinterpret_cast<const char*>(data) + 1, size - 1}, seed);
    if (!changed.empty() && changed.size() < max_size) {
      std::memcpy(data + 1, changed.data(), changed.size());
      return changed.size() + 1;
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
