// Tables of docs/reference/machines.md, from simulations.
//
//     machines_doc DOC write             puts fresh tables in place of those between the document's marks
//     machines_doc DOC check [MACHINE]   fails where a row of these machines, or the table of designs, is not fresh;
//                                        without machines, every row
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "explore/isolated_run.h"
#include "explore/published_designs.h"
#include "model/model_loader.h"
#include "model/shape_yaml.h"
#include "sim/program/mapper.h"
#include "sim/reference_recorder.h"
#include "tests/document_main.h"
#include "tests/document_tables.h"
#include "tests/machines.h"

namespace {

using namespace ternsim;

const std::filesystem::path kSource = TERNSIM_SOURCE_DIR;
constexpr std::int64_t kContext = 512;

/// A row of the table.
struct Row {
  const char* machine;
  std::int64_t batch;
};
constexpr std::array kRows{Row{"edge-lpddr5x", 1},
                           Row{"edge-zero-skip", 1},
                           Row{"edge-lut", 1},
                           Row{"edge-bit-serial", 1},
                           Row{"edge-lpddr5x-int8", 1},
                           Row{"edge-lpddr5x-w4a16", 1},
                           Row{"edge-lpddr5x-fp16", 1},
                           Row{"server-hbm", 1},
                           Row{"server-hbm", 16},
                           Row{"rom-resident", 1},
                           Row{"nano", 1},
                           Row{"fpga-kv260", 1},
                           Row{"fpga-u280-hbm", 1}};

struct Column {
  model::Graph graph;
  std::optional<model::Model> weights;
  std::int64_t context;
};

Column column_of(const char* model) {
  Column c;
  if (std::string(model) == "embedded") {
    c.weights = model::load_model(kSource / "assets/tinyllm-b158.gguf");
    c.graph = model::Graph::build(c.weights->shape);
  } else {
    c.graph = model::Graph::build(model::load_shape(kSource / "configs/models" / (std::string(model) + ".yaml")));
  }
  c.context = std::min(kContext, c.graph.shape.context_length - 1);
  return c;
}

/// The key that a refusal names: "buffers.accumulator_bytes".
std::string key_in(const std::string& message) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const std::size_t from = message.find(".yaml: ");
  for (std::size_t dot = message.find('.', from == std::string::npos ? 0 : from + 5); dot != std::string::npos;
       dot = message.find('.', dot + 1)) {
    std::size_t begin = dot;
    std::size_t end = dot + 1;
    while (begin > 0 && is_word(message[begin - 1])) --begin;
    while (end < message.size() && is_word(message[end])) ++end;
    if (begin < dot && end > dot + 1) return message.substr(begin, end - begin);
  }
  throw InputError(fmt::format("a refusal that names no key: {}", message));
}

std::string number(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string cell(const sim::AcceleratorConfig& machine, const Column& column, std::int64_t batch) {
  sim::Workload workload;
  workload.decode_tokens = 1;
  workload.context = column.context;
  workload.batch = batch;
  workload.zero_share = 0.42;
  sim::SimulationInput input;
  if (column.weights && machine.matrix.exact()) input.weights = sim::weight_table(column.graph, *column.weights);
  try {
    const sim::PhaseResult phase = explore::simulate_isolated(machine, column.graph, workload, input).decode;
    const sim::Program program =
        sim::map_pass(column.graph, machine, {1, column.context, batch}, {}, workload.positions());
    const bool holds =
        !machine.dram.present() || program.dram_weight_bytes + program.kv_bytes <= machine.dram.capacity_bytes();
    return number(static_cast<double>(phase.tokens) / phase.total.counts.seconds) + (holds ? "" : " *");
  } catch (const RequestError& e) {
    return fmt::format("refused: `{}`", key_in(e.what()));
  }
}

std::string row_head(const Row& row) {
  return fmt::format("| `{}`{} |", row.machine, row.batch > 1 ? fmt::format(", batch {}", row.batch) : "");
}

sim::AcceleratorConfig load(const Row& row) { return test::shipped_machine(row.machine); }

bool is_wanted(const Row& row, const std::set<std::string>& wanted) {
  return wanted.empty() || wanted.contains(row.machine);
}

std::vector<std::string> machine_lines(const std::set<std::string>& wanted) {
  std::vector<std::string> lines;
  std::vector<Column> columns;
  for (const char* model : {"embedded", "bitnet-b158-2b4t", "llama-70b-158", "bitnet-moe-100b-a6b"})
    columns.push_back(column_of(model));
  for (const Row& row : kRows) {
    if (!is_wanted(row, wanted)) continue;
    const sim::AcceleratorConfig machine = load(row);
    std::string line = row_head(row);
    for (const Column& column : columns) line += fmt::format(" {} |", cell(machine, column, row.batch));
    lines.push_back(line);
  }
  return lines;
}

/// What tells the matrix units of the edge machines apart: a prompt, which they and not the memory bound.
std::vector<std::string> prompt_lines(const std::set<std::string>& wanted) {
  std::vector<std::string> lines;
  const Column column = column_of("bitnet-b158-2b4t");
  for (const Row& row : kRows) {
    if (!std::string(row.machine).starts_with("edge-") || !is_wanted(row, wanted)) continue;
    sim::Workload workload;
    workload.prefill_tokens = kContext;
    workload.zero_share = 0.42;
    const sim::AcceleratorConfig machine = load(row);
    const sim::PhaseResult phase = explore::simulate_isolated(machine, column.graph, workload, {}).prefill;
    lines.push_back(fmt::format("{} {} | {:.2f} s |", row_head(row),
                                number(static_cast<double>(phase.tokens) / phase.total.counts.seconds),
                                phase.total.counts.seconds));
  }
  return lines;
}

std::vector<std::string> design_lines() {
  const auto designs =
      explore::load_published_designs(kSource / "configs/published/designs.yaml", kSource / "configs/models");
  const auto technology = energy::Technology::load(kSource / "configs/technologies/published-7nm.yaml");
  std::vector<std::string> lines;
  for (const explore::DesignRow& row :
       explore::run_published_designs(designs, technology, kSource / "rtl/configs.yaml")) {
    const bool watts = row.published.figure == explore::DesignFigure::Watts;
    lines.push_back(fmt::format("| {} | {} | {} {} | {} | {:+.0f} % | {:.0f} % | {} | {} |", row.design->name,
                                row.design->source, row.published.value, watts ? "W" : "token/s", number(row.simulated),
                                100 * row.difference(), 100 * row.published.tolerance, name_of(row.verdict()),
                                explore::missing_text(*row.design)));
  }
  return lines;
}

}  // namespace

int ternsim::test::run_document(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || (arguments[1] != "check" && arguments[1] != "write")) {
    fmt::print(stderr, "usage: machines_doc DOC write | machines_doc DOC check [MACHINE ...]\n");
    return 2;
  }
  test::DocumentTables doc(arguments[0], "machines_doc");
  const std::set<std::string> wanted(arguments.begin() + 2, arguments.end());
  const std::vector<std::string> machines = machine_lines(wanted);
  const std::vector<std::string> prompts = prompt_lines(wanted);
  const std::vector<std::string> designs = design_lines();
  if (arguments[1] == "check") {
    const int stale = doc.stale("machines", machines, wanted.empty()) + doc.stale("prompts", prompts, wanted.empty()) +
                      doc.stale("designs", designs, true);
    if (stale > 0) fmt::print("{} rows are stale; 'machines_doc {} write' renews them\n", stale, arguments[0]);
    return stale > 0 ? 1 : 0;
  }
  doc.replace("machines", machines);
  doc.replace("prompts", prompts);
  doc.replace("designs", designs);
  return doc.write() ? 0 : 1;
}
