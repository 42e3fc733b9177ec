#include "explore/operator_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/datapaths/datapath.h"

namespace ternsim::explore {

using model::OpKind;
using sim::Unit;

namespace {

struct Row {
  Unit unit = Unit::Vector;
  sim::OperatorWork work;
};

/// Rows in the order in which the graph first has them.
struct Table {
  std::vector<std::string> names;
  std::map<std::string, Row> rows;

  void add(const std::string& name, Unit unit, const sim::OperatorWork& work) {
    const auto [it, is_new] = rows.try_emplace(name, Row{unit, {}});
    if (is_new) names.push_back(name);
    it->second.work += work;
  }
};

Unit unit_of(OpKind kind) {
  switch (kind) {
    case OpKind::Embedding:
      return Unit::Dma;
    case OpKind::BitLinear:
      return Unit::Matrix;
    case OpKind::Attention:
      return Unit::Attention;
    case OpKind::LmHead:
    case OpKind::Router:
      return Unit::LmHead;
    default:
      return Unit::Vector;
  }
}

/// A product without zeros that is large in every dimension: tables, decoders and bit planes have their share in it.
double matrix_peak(const sim::AcceleratorConfig& config) {
  const sim::MatrixGeometry& g = config.matrix.geometry;
  sim::MatmulWork work;
  work.rows = 64 * g.rows;
  work.cols = 1024 * g.lanes;
  work.tokens = 64 * g.slots;
  const auto macs = static_cast<double>(work.rows) * static_cast<double>(work.cols) * static_cast<double>(work.tokens);
  return macs / static_cast<double>(sim::make_datapath(config.matrix)->cycles(work)) * config.clock_hz;
}

double peak_of(Unit unit, const sim::AcceleratorConfig& config) {
  switch (unit) {
    case Unit::Matrix:
      return matrix_peak(config);
    case Unit::Attention:
      return config.attention.lanes * config.clock_hz;
    case Unit::LmHead:
      return config.lm_head.lanes * config.clock_hz;
    default:
      return 0;
  }
}

void add_row(StatisticNode& table, const std::string& name, const Row& row, const sim::AcceleratorConfig& config) {
  const sim::OperatorWork& w = row.work;
  const auto count = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  const auto busy = [&](Unit unit) { return w.busy[static_cast<std::size_t>(unit)]; };
  const std::int64_t dma = busy(Unit::Dma) + w.dma_stalled;
  const std::int64_t compute = row.unit == Unit::Dma ? dma : busy(row.unit);
  const std::int64_t critical = std::max({compute, busy(Unit::Vector), dma});
  StatisticNode& node = table.add_child(name, name);
  node.add("unit", "Unit that computes it.", Quantity::Text, std::string(name_of(row.unit)), Tier::Simulated)
      .add("macs", "Multiply-accumulates, or ternary adds in their place.", Quantity::Count, w.macs, Tier::Simulated)
      .add("dram_bytes", "Bytes that its loads and stores ask of DRAM.", Quantity::Bytes, count(w.dram_bytes),
           Tier::Simulated);
  if (w.dram_bytes > 0)
    node.add("macs_per_byte", "Arithmetic intensity: macs / dram_bytes.", Quantity::Ratio,
             static_cast<double>(w.macs) / static_cast<double>(w.dram_bytes), Tier::Simulated);
  node.add("busy_cycles", "Cycles that its unit works on it; of the DMA with its stalls.", Quantity::Cycles,
           count(compute), Tier::Simulated)
      .add("vector_cycles", "Cycles that the vector unit works on it; of a linear layer, dequantise.", Quantity::Cycles,
           count(busy(Unit::Vector)), Tier::Simulated)
      .add("dma_cycles", "Cycles of the DMA on its loads and stores: data, and stalls for the DRAM and set-up.",
           Quantity::Cycles, count(dma), Tier::Simulated)
      .add("critical_cycles", "The largest of busy_cycles, vector_cycles and dma_cycles.", Quantity::Cycles,
           count(critical), Tier::Simulated);
  if (w.macs == 0) {
    const Unit bound = critical == compute ? row.unit : critical == dma ? Unit::Dma : Unit::Vector;
    node.add("bound", "Whose roof it is under; without multiply-accumulates, whose cycles are critical.",
             Quantity::Text, std::string(bound == Unit::Dma ? "dram" : name_of(bound)), Tier::Simulated);
    return;
  }
  const double peak = peak_of(row.unit, config);
  // Weights and keys on chip leave the unit's peak as the only roof.
  const double slope = w.dram_bytes > 0 ? static_cast<double>(w.macs) / static_cast<double>(w.dram_bytes) *
                                              config.dram.bytes_per_second()
                                        : peak;
  const double roof = std::min(peak, slope);
  const double attained =
      critical > 0 ? static_cast<double>(w.macs) / static_cast<double>(critical) * config.clock_hz : 0.0;
  node.add("attained", "MAC/s: macs / (critical_cycles / clock).", Quantity::MacsPerSecond, attained, Tier::Simulated)
      .add("roof", "MAC/s: the smaller of its unit's peak and macs_per_byte x DRAM peak rate.", Quantity::MacsPerSecond,
           roof, Tier::Simulated)
      .add("roof_share", "attained / roof; above 1 where the datapath skips zeros.", Quantity::Ratio, attained / roof,
           Tier::Simulated)
      .add("bound", "Whose roof it is under; without multiply-accumulates, whose cycles are critical.", Quantity::Text,
           std::string(slope < peak ? "dram" : name_of(row.unit)), Tier::Simulated);
}

void add_table(StatisticNode& parent, std::string name, std::string title, const Table& table,
               const sim::AcceleratorConfig& config) {
  StatisticNode& node = parent.add_child(std::move(name), std::move(title));
  node.tabular = true;
  for (const std::string& row : table.names) add_row(node, row, table.rows.at(row), config);
}

}  // namespace

std::string role_of(const model::Op& op) {
  std::string role = op.name;
  if (role.starts_with("blk.")) role.erase(0, role.find('.', 4) + 1);
  if (op.rank >= 0)
    if (const std::size_t at = role.rfind("_rank"); at != std::string::npos) role.erase(at);
  // Names of a topology's layers are a user's; those of nodes have no '/', and are not empty.
  for (char& c : role)
    if (c == '/' || static_cast<unsigned char>(c) < 0x20) c = '_';
  return role.empty() ? "unnamed" : role;
}

StatisticNode operators_node(const sim::AcceleratorConfig& config, const model::Graph& graph,
                             const sim::PassResult& total) {
  StatisticNode node{"operators", "Roofline of the operators", {}, {}};
  for (const Unit unit : {Unit::Matrix, Unit::Attention, Unit::LmHead})
    node.add(fmt::format("peak_{}", name_of(unit)), "MAC/s of the unit with all lanes busy: its flat roof.",
             Quantity::MacsPerSecond, peak_of(unit, config), Tier::Simulated);
  Table kinds;
  Table roles;
  for (std::size_t i = 0; i < total.operators.size(); ++i) {
    const model::Op& op = graph.ops.at(i);
    kinds.add(std::string(model::name_of(op.kind)), unit_of(op.kind), total.operators[i]);
    roles.add(role_of(op), unit_of(op.kind), total.operators[i]);
  }
  add_table(node, "by_kind", "By kind", kinds, config);
  add_table(node, "by_role", "By operator, all layers together", roles, config);
  return node;
}

}  // namespace ternsim::explore
