#include "explore/weight_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/yaml.h"
#include "energy/energy_model.h"
#include "model/shape_yaml.h"
#include "sim/inventory.h"
#include "sim/known_values.h"
#include "sim/program/memory_map.h"

namespace ternsim::explore {

namespace fs = std::filesystem;

namespace {

// Bits of a weight in llama.cpp's blocks of 256 (ggml-common.h): two float16, 12 bytes of 6-bit scales and minima and
// 128 of weights; one float16, 16 bytes of scales and 192 of weights.
constexpr double kQ4K = 144 * 8 / 256.0;
constexpr double kQ6K = 210 * 8 / 256.0;
constexpr std::int64_t kBlock = 256;

/// llama.cpp's rule for the layers whose attn_v and ffn_down get more bits (llama-quant.cpp, use_more_bits).
bool takes_more_bits(std::int64_t layer, std::int64_t layers) {
  return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

/// The group size of 4-bit groups whose bits are nearest to these.
int group_size_of(double bits) { return static_cast<int>(std::lround(20 / (bits - 4))); }

std::string file_name(YamlMap& map, const char* key) {
  const std::string name = map.text(key);
  if (name.empty() || name.find('/') != std::string::npos) map.fail(key, "a name, not a path, expected");
  return name + ".yaml";
}

WeightFormat read_format(YamlMap& map, model::ModelShape shape, const fs::path& accelerators,
                         const fs::path& rtl_configs) {
  WeightFormat format;
  format.name = map.text("name");
  format.note = map.text("note");
  format.config = sim::load_accelerator(accelerators / file_name(map, "machine"), rtl_configs);
  const bool q6_k = map.choice("embedding", {"f16", "q6_k"}) == 1;
  shape.embedding_type = q6_k ? model::ElementType::Q6_K : model::ElementType::F16;
  if (q6_k && shape.embedding_length % kBlock != 0)
    map.fail("embedding", fmt::format("q6_k takes rows of whole blocks of {}, {} has {}", kBlock, shape.name,
                                      shape.embedding_length));
  format.graph = model::Graph::build(shape);
  sim::MatrixUnitConfig& matrix = format.config.matrix;
  const std::size_t bits = map.choice("bits", {"machine", "groups", "q4_k_m"});
  if (bits != 0 && matrix.packing != sim::WeightPacking::Int4Groups)
    map.fail("bits", fmt::format("machine {} has no 4-bit groups", format.config.name));
  if (bits == 1) matrix.group_size = static_cast<int>(map.integer("group_size", 16, 1 << 16));
  if (bits == 2) matrix.group_size = group_size_of(q4_k_m_bits(format.graph));
  format.bits = bits == 2 ? q4_k_m_bits(format.graph) : matrix.weight_bits();
  map.finish();
  return format;
}

StudyInput study_of(const WeightFormat& format, const WeightFormatTable& table, const energy::Technology& technology) {
  return {format.graph, table.workload, technology, {}};
}

/// Bytes of a model's weights, on chip or off.
std::uint64_t model_bytes(const WeightFormat& format, const sim::Workload& workload) {
  const sim::ValueProfile profile = sim::known_values(format.graph, format.config, workload, {});
  const sim::MemoryMap memory(format.graph, format.config, profile, workload.positions(), workload.batch);
  return static_cast<std::uint64_t>(memory.dram_weight_bytes() + memory.resident_bytes());
}

double rate_of(const sim::PhaseResult& phase) { return static_cast<double>(phase.tokens) / phase.total.counts.seconds; }

double joules_per_token(const FormatRun& run, const sim::PhaseResult& phase, const energy::Technology& technology,
                        energy::Corner corner, Tier& tier) {
  const sim::AcceleratorConfig& config = run.format->config;
  const energy::EnergyModel model(technology, sim::inventory_of(config), config.dram.type);
  const energy::EnergyBreakdown spent = model.evaluate(phase.total.counts, corner);
  tier = spent.tier();
  return spent.joules() / static_cast<double>(phase.tokens);
}

void add_storage(StatisticNode& rows, const FormatRun& run, const WeightFormatTable& table, double first_bits) {
  const WeightFormat& format = *run.format;
  rows.add_child(format.name, format.name)
      .add("machine", "Accelerator configuration that runs it.", Quantity::Text, format.config.name)
      .add("weight_bits", "Of a weight of a linear layer, in the format's files.", Quantity::Ratio, format.bits,
           Tier::Derived)
      .add("simulated_bits", "Of a weight of a linear layer, as the machine moves it.", Quantity::Ratio,
           format.config.matrix.weight_bits())
      .add("embedding", "Element of the embedding, which serves as LM head.", Quantity::Text,
           std::string(model::name_of(format.graph.shape.embedding_type)))
      .add("model_bytes", "Linear layers as simulated, embedding and LM head; without norm gains.", Quantity::Bytes,
           model_bytes(format, table.workload))
      .add("fewer_bits", "weight_bits of the first format over this one's.", Quantity::Ratio, first_bits / format.bits,
           Tier::Derived)
      .add("note", "What the row leaves open.", Quantity::Text, format.note);
}

StatisticNode phase_node(const char* name, const char* title, const std::vector<FormatRun>& runs,
                         sim::PhaseResult sim::SimulationResult::*phase, const energy::Technology& technology) {
  StatisticNode node{name, title, {}, {}};
  node.tabular = true;
  double first_rate = 0;
  double first_joules = 0;
  for (const FormatRun& run : runs) {
    const sim::PhaseResult& result = run.machine->result.*phase;
    const double rate = rate_of(result);
    Tier tier = Tier::Simulated;
    const auto joules = [&](energy::Corner corner) { return joules_per_token(run, result, technology, corner, tier); };
    const double low = joules(energy::Corner::Low);
    const double mid = joules(energy::Corner::Mid);
    const double high = joules(energy::Corner::High);
    if (first_rate == 0) {
      first_rate = rate;
      first_joules = mid;
    }
    node.add_child(run.format->name, run.format->name)
        .add("tokens_per_second", "Tokens / simulated time.", Quantity::TokensPerSecond, rate, Tier::Simulated)
        .add("joules_low", "Whole machine, all constants at their low ends.", Quantity::JoulesPerToken, low, tier)
        .add("joules_mid", "Whole machine, DRAM and leakage included.", Quantity::JoulesPerToken, mid, tier)
        .add("joules_high", "Whole machine, all constants at their high ends.", Quantity::JoulesPerToken, high, tier)
        .add("times_as_fast", "tokens_per_second over the first format's.", Quantity::Ratio, rate / first_rate,
             Tier::Simulated)
        .add("times_less_energy", "joules_mid of the first format over this one's.", Quantity::Ratio,
             first_joules / mid, tier)
        .add("tier", "Of the weakest constant that went into the joules.", Quantity::Text, std::string(name_of(tier)));
  }
  return node;
}

}  // namespace

double q4_k_m_bits(const model::Graph& graph) {
  double bits = 0;
  double weights = 0;
  for (const model::Op& op : graph.ops) {
    if (op.kind != model::OpKind::BitLinear) continue;
    if (op.cols % kBlock != 0)
      throw RequestError(fmt::format("Q4_K_M takes rows of whole blocks of {} weights; {} of {} has {}", kBlock,
                                     op.name, graph.shape.name, op.cols));
    const bool sensitive = op.name.ends_with(".attn_v") || op.name.ends_with(".ffn_down");
    const double count = static_cast<double>(op.rows) * static_cast<double>(op.cols);
    bits += count * (sensitive && takes_more_bits(op.layer, graph.shape.block_count) ? kQ6K : kQ4K);
    weights += count;
  }
  if (weights == 0) throw RequestError(fmt::format("{} has no linear layers", graph.shape.name));
  return bits / weights;
}

WeightFormatTable load_weight_formats(const fs::path& path, const fs::path& accelerators, const fs::path& models,
                                      const fs::path& rtl_configs) {
  YamlMap root = YamlMap::load(path);
  WeightFormatTable table;
  table.name = path.stem().string();
  table.title = root.text("title");
  table.source = root.text("source");
  const model::ModelShape shape = model::load_shape(models / file_name(root, "model"));
  table.model = shape.name;
  table.workload.name = table.name;
  table.workload.prefill_tokens = root.integer("prefill_tokens", 1, 1 << 20);
  table.workload.decode_tokens = root.integer("decode_tokens", 1, 1 << 20);
  table.workload.zero_share = root.number("zero_share", 0, 1);
  std::set<std::string> names;
  for (YamlMap& map : root.maps("formats")) {
    table.formats.push_back(read_format(map, shape, accelerators, rtl_configs));
    if (!names.insert(table.formats.back().name).second)
      map.fail("name", fmt::format("'{}' stands here twice", table.formats.back().name));
  }
  if (table.formats.empty()) root.fail("formats", "expected at least one");
  root.finish();
  return table;
}

std::vector<FormatRun> run_weight_formats(const WeightFormatTable& table, const energy::Technology& technology,
                                          MachineRuns& machines, const std::function<void()>& step) {
  std::vector<FormatRun> runs;
  for (const WeightFormat& format : table.formats) {
    runs.push_back({&format, machines.run(study_of(format, table, technology), format.config)});
    step();
  }
  return runs;
}

StatisticNode weight_formats_node(const WeightFormatTable& table, const std::vector<FormatRun>& runs,
                                  const energy::Technology& technology) {
  StatisticNode node{table.name, table.title, {}, {}};
  node.add("source", "Where the formats are from.", Quantity::Text, table.source, Tier::Published)
      .add("model", "One shape for all rows: a model in that format need not exist.", Quantity::Text, table.model)
      .add("contains", "What the figures count and what they leave out.", Quantity::Text,
           fmt::format("whole machine with DRAM and leakage: a prompt of {} tokens in one pass, and decode of one "
                       "sequence from a context of {} on. What a format does to the answers is not in here",
                       table.workload.prefill_tokens, table.workload.prefill_tokens))
      .add("per", "What each figure is the figure of.", Quantity::Text, "token: of the prompt, or decoded")
      .add("promise", "What the exit status stands for.", Quantity::Text, "none: simulated");
  StatisticNode& storage = node.add_child("storage", "What a weight takes");
  storage.tabular = true;
  for (const FormatRun& run : runs) add_storage(storage, run, table, runs.front().format->bits);
  node.children.push_back(phase_node("prefill", "Prefill", runs, &sim::SimulationResult::prefill, technology));
  node.children.push_back(phase_node("decode", "Decode", runs, &sim::SimulationResult::decode, technology));
  return node;
}

}  // namespace ternsim::explore
