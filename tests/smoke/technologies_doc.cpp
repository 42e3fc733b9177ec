// Tables of docs/reference/technologies.md: every constant of every shipped technology file, and what they make of a
// token.
//
//     technologies_doc DOC write   puts fresh tables in place of those between the document's marks
//     technologies_doc DOC check   fails where a row is not fresh
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "energy/energy_model.h"
#include "explore/isolated_run.h"
#include "model/shape_yaml.h"
#include "sim/inventory.h"
#include "tests/document_main.h"
#include "tests/document_tables.h"
#include "tests/machines.h"

namespace {

using namespace ternsim;

const std::filesystem::path kSource = TERNSIM_SOURCE_DIR;
constexpr std::array kTechnologies{"published-45nm", "scaled-28nm", "scaled-16nm", "published-7nm",
                                   "asap7-synthesised"};
constexpr const char* kVitallm = "configs/published/machines/vitallm.yaml";

std::vector<energy::Technology> technologies() {
  std::vector<energy::Technology> all;
  for (const char* name : kTechnologies)
    all.push_back(energy::Technology::load(kSource / "configs/technologies" / (std::string(name) + ".yaml")));
  return all;
}

/// A constant that is the same everywhere has one row without columns of its own; DRAM is in the files.
std::vector<std::string> constant_lines() {
  const std::vector<energy::Technology> all = technologies();
  std::vector<std::string> lines;
  for (const energy::ConstantSpec& spec : energy::constant_specs()) {
    if (spec.name.starts_with("dram_")) continue;
    std::string line = fmt::format("| `{}` |", spec.name);
    for (const energy::Technology& technology : all) {
      const energy::Constant& constant = technology.constant(spec.name);
      line += fmt::format(" {}, {} |", constant.written, name_of(constant.tier));
    }
    lines.push_back(line);
  }
  return lines;
}

/// One token of decoding at a context of 512 positions, 42 % of the weights zero.
struct Decoded {
  sim::AcceleratorConfig machine;
  energy::ActionCounts counts;

  Decoded(sim::AcceleratorConfig config, const char* model, std::int64_t context) : machine(std::move(config)) {
    const model::Graph graph =
        model::Graph::build(model::load_shape(kSource / "configs/models" / (std::string(model) + ".yaml")));
    sim::Workload workload;
    workload.decode_tokens = 1;
    workload.context = context;
    workload.zero_share = 0.42;
    counts = explore::simulate_isolated(machine, graph, workload, {}).decode.total.counts;
  }
  energy::EnergyBreakdown energy(const energy::Technology& technology, energy::Corner corner) const {
    return energy::EnergyModel(technology, sim::inventory_of(machine), machine.dram.type).evaluate(counts, corner);
  }
};

std::string millijoules(double joules) { return fmt::format("{:.3g}", 1e3 * joules); }

std::string token_row(const char* machine, const std::string& what, const std::vector<std::string>& cells) {
  return fmt::format("| `{}` | {} | {} |", machine, what, fmt::join(cells, " | "));
}

std::vector<std::string> token_lines() {
  const std::vector<energy::Technology> all = technologies();
  std::vector<std::string> lines;
  std::vector<double> ternary;  // the first machine's matrix unit, by technology
  const auto add = [&](const char* machine, const std::string& what, const auto& cell) {
    std::vector<std::string> cells;
    for (std::size_t t = 0; t < all.size(); ++t) cells.push_back(cell(t));
    lines.push_back(token_row(machine, what, cells));
  };
  for (const char* name : {"edge-lpddr5x", "edge-lpddr5x-int8", "edge-lpddr5x-fp16"}) {
    const Decoded decoded(test::shipped_machine(name), "bitnet-b158-2b4t", 512);
    const auto part_joules = [&](const Decoded& machine, std::size_t t, energy::Part part) {
      return machine.energy(all[t], energy::Corner::Mid).parts.at(part).joules;
    };
    for (const auto& [part, unused] : decoded.energy(all.front(), energy::Corner::Mid).parts)
      add(name, std::string(name_of(part)),
          [&, p = part](std::size_t t) { return millijoules(part_joules(decoded, t, p)); });
    for (const energy::Corner corner : energy::kCorners)
      add(name, fmt::format("all, {}", name_of(corner)),
          [&](std::size_t t) { return millijoules(decoded.energy(all[t], corner).joules()); });
    if (ternary.empty()) {
      for (std::size_t t = 0; t < all.size(); ++t) ternary.push_back(part_joules(decoded, t, energy::Part::Matrix));
      continue;
    }
    const auto over = [&](const Decoded& machine) {
      return [&, run = &machine](std::size_t t) {
        return fmt::format("{:.1f} x", part_joules(*run, t, energy::Part::Matrix) / ternary[t]);
      };
    };
    add(name, "matrix over that of `edge-lpddr5x`", over(decoded));
    if (decoded.machine.matrix.datapath != sim::DatapathKind::Fp16Mac) continue;
    sim::AcceleratorConfig wide = decoded.machine;
    wide.matrix.sum_bits = 32;
    const Decoded summed(wide, "bitnet-b158-2b4t", 512);
    add(name, "the same with sums in FP32", over(summed));
  }
  return lines;
}

/// VitaLLM (arXiv 2605.00320): 59.12 mW at 72.46 tokens/s in 16 nm, beside our parts on the die.
std::vector<std::string> node_lines() {
  constexpr double kPublished = 0.05912 / 72.46;
  const Decoded decoded(sim::load_accelerator(kSource / kVitallm, kSource / "rtl/configs.yaml"), "bitnet-b158-3b", 64);
  std::vector<std::string> lines;
  for (const energy::Technology& technology : technologies()) {
    if (technology.name() == "asap7-synthesised") continue;
    for (const energy::Corner corner : energy::kCorners) {
      const energy::EnergyBreakdown energy = decoded.energy(technology, corner);
      double memory = 0;
      for (const energy::Part part : {energy::Part::WeightSram, energy::Part::ActivationSram,
                                      energy::Part::AccumulatorSram, energy::Part::KvSram})
        memory += energy.parts.at(part).joules;
      const double all = energy.joules() - energy.parts.at(energy::Part::Dram).joules;
      lines.push_back(fmt::format("| {} | {} | {} | {} | {} | {:.2g} |", technology.name(), name_of(corner),
                                  millijoules(all - memory), millijoules(memory), millijoules(all), all / kPublished));
    }
  }
  return lines;
}

}  // namespace

int ternsim::test::run_document(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2 || (arguments[1] != "check" && arguments[1] != "write")) {
    fmt::print(stderr, "usage: technologies_doc DOC write | technologies_doc DOC check\n");
    return 2;
  }
  test::DocumentTables doc(arguments[0], "technologies_doc");
  int stale = 0;
  for (const auto& [table, rows] :
       {std::pair("constants", constant_lines()), std::pair("token", token_lines()), std::pair("node", node_lines())}) {
    if (arguments[1] == "write") doc.replace(table, rows);
    stale += doc.stale(table, rows, true);
  }
  if (arguments[1] == "write") return doc.write() ? 0 : 1;
  if (stale > 0) fmt::print("{} rows are stale; 'technologies_doc {} write' renews them\n", stale, arguments[0]);
  return stale > 0 ? 1 : 0;
}
