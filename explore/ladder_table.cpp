#include "explore/ladder_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/error.h"
#include "energy/ladder.h"
#include "explore/ladder_study.h"

namespace ternsim::explore {

namespace {

/// The tables of one case while they grow.
struct Tables {
  StatisticNode rungs{"rungs", "J/token, rung by rung", {}, {}, true};
  StatisticNode sizes{"sizes", "Rates and areas", {}, {}, true};
  StatisticNode equal_speed{"equal_speed", "Of equal speed: J/token over the ternary machine's", {}, {}, true};
  StatisticNode equal_area{"equal_area", "Of equal area: J/token over the ternary machine's", {}, {}, true};
  StatisticNode refused{"refused", "Not shown", {}, {}, true};
  StatisticNode notes{"notes", "Notes", {}, {}, true};
};

/// A refusal without the machine's file or name: the row has it.
std::string reason(const std::string& message, const sim::AcceleratorConfig& machine) {
  const std::string head = machine.where() + ": ";  // a baseline's begins with "the FP16 baseline of <where>: "
  const std::size_t at = message.find(head);
  return at == std::string::npos ? message : message.substr(at + head.size());
}

/// A rung's name as a column.
std::string column_of(const StatisticNode& rung) {
  static const std::map<std::string, std::string, std::less<>> columns{
      {"published_arithmetic", "bare"}, {"true_widths", "widths"}, {"sram", "sram"},
      {"other_units", "units"},         {"kv_and_dram", "dram"},   {"leakage", "all"}};
  return columns.at(rung.name);
}

const StatisticNode& ladder_of(const StatisticNode& machine) { return *machine.find_child("ladder"); }
const StatisticNode& last_rung(const StatisticNode& machine) { return ladder_of(machine).children.back(); }

Statistic renamed(const Statistic* statistic, std::string name) {
  Statistic s = *statistic;
  s.name = std::move(name);
  return s;
}

void add_rungs(StatisticNode& table, const std::string& name, const StatisticNode& machine) {
  StatisticNode& row = table.add_child(name, name);
  for (const StatisticNode& rung : ladder_of(machine).children)
    row.statistics.push_back(renamed(rung.find("joules_per_token_mid"), column_of(rung)));
  row.statistics.push_back(renamed(last_rung(machine).find("joules_per_token_low"), "low"));
  row.statistics.push_back(renamed(last_rung(machine).find("joules_per_token_high"), "high"));
  if (const Statistic* floor = ladder_of(machine).find("floor_joules_per_token_mid"); floor != nullptr)
    row.statistics.push_back(renamed(floor, "floor"));
}

void add_sizes(StatisticNode& table, const std::string& name, const StatisticNode& machine) {
  StatisticNode& row = table.add_child(name, name);
  row.statistics.push_back(renamed(machine.find("tokens_per_second"), "rate"));
  row.statistics.push_back(renamed(machine.find("area_m2"), "area"));
  row.statistics.push_back(renamed(last_rung(machine).find("tier"), "tier"));
  const StatisticNode& area = *machine.find_child("area");
  const auto is_unit = [](const StatisticNode& part) {
    return part.name == "vector" || part.name == "attention" || part.name == "lm_head";
  };
  double units = 0;
  Tier tier = Tier::Exact;
  for (const StatisticNode& part : area.children) {
    if (!is_unit(part)) continue;
    units += std::get<double>(part.find("square_metres")->value);
    tier = weaker(tier, part.find("square_metres")->tier);
  }
  row.add("other_units", "Vector unit, attention unit and LM head.", Quantity::SquareMetres, units, tier);
  for (const StatisticNode& part : area.children)
    if (!is_unit(part)) row.statistics.push_back(renamed(part.find("square_metres"), part.name));
}

void add_baseline(StatisticNode& table, const std::string& name, const StatisticNode& machine) {
  StatisticNode& row = table.add_child(name, name);
  row.statistics.push_back(renamed(machine.find("tokens_per_second"), "rate"));
  row.statistics.push_back(renamed(machine.find("area_m2"), "area"));
  row.statistics.push_back(renamed(machine.find("dram_channels"), "channels"));
  row.statistics.push_back(*machine.find("rows"));
  row.statistics.push_back(renamed(last_rung(machine).find("joules_per_token_mid"), "joules"));
  for (const StatisticNode& rung : ladder_of(machine).children)
    if (const Statistic* ratio = rung.find("ratio"); ratio != nullptr)
      row.statistics.push_back(renamed(ratio, column_of(rung)));
}

constexpr const char* kMissing = "What is not shown: the machine, or one of equal speed or area.";
constexpr const char* kWhy = "Why it is not shown.";

/// A row a format: mostly what keeps it from equal speed keeps it from equal area.
void add_missing(StatisticNode& table, const std::vector<MissingMachine>& missing,
                 const sim::AcceleratorConfig& config) {
  for (const MissingMachine& m : missing) {
    const std::string name = fmt::format("{} {}", config.name, m.format);
    const auto row = std::ranges::find(table.children, name, &StatisticNode::name);
    if (row == table.children.end())
      table.add_child(name, name)
          .add("missing", kMissing, Quantity::Text, "equal " + m.condition)
          .add("reason", kWhy, Quantity::Text, reason(m.reason, config));
    else if (std::get<std::string>(row->find("reason")->value) == reason(m.reason, config))
      row->statistics.front().value = "equal speed, area";
    else
      row->add("reason_" + m.condition, kWhy, Quantity::Text, reason(m.reason, config));
  }
}

void add_machine(Tables& tables, const StudyInput& input, const sim::AcceleratorConfig& config, bool prefill,
                 std::set<std::string>& used, const std::function<void(double)>& progress) {
  LadderMachines machines;
  try {
    machines = ladder_machines(input, config, progress);
  } catch (const RequestError& e) {
    tables.refused.add_child(config.name, config.name)
        .add("missing", kMissing, Quantity::Text, "the machine")
        .add("reason", kWhy, Quantity::Text, reason(e.what(), config));
    return;
  }
  const StatisticNode first = machine_ladder_node(input, machines.machines.front(), prefill, used);
  add_rungs(tables.rungs, config.name, first);
  add_sizes(tables.sizes, config.name, first);
  for (std::size_t i = 1; i < machines.machines.size(); ++i) {
    StatisticNode other = machine_ladder_node(input, machines.machines[i], prefill, used);
    energy::add_ratios(other.children.front(), ladder_of(first));
    const std::size_t condition = other.name.find("_equal_");  // "fp16_equal_speed"
    StatisticNode& table = other.name.ends_with("speed") ? tables.equal_speed : tables.equal_area;
    add_baseline(table, fmt::format("{} {}", config.name, other.name.substr(0, condition)), other);
  }
  add_missing(tables.refused, machines.missing, config);
  if (const Statistic* note = first.find("energy_note"); note != nullptr)
    tables.notes.add_child(config.name, config.name).statistics.push_back(*note);
}

}  // namespace

StatisticNode ladder_table_node(const model::Graph& graph, const energy::Technology& technology,
                                const std::vector<LadderCase>& cases,
                                const std::vector<sim::AcceleratorConfig>& machines, std::set<std::string>& used,
                                const std::function<void(double)>& progress) {
  StatisticNode node{"ladder_table", "J/token of every machine, rung by rung", {}, {}};
  const auto all = static_cast<double>(cases.size() * machines.size());
  double done = 0;
  for (const LadderCase& one : cases) {
    if (one.workload.prefill_tokens + one.workload.decode_tokens == 0)
      throw RequestError(fmt::format("{}: a ladder needs tokens", one.name));
    const StudyInput input{graph, one.workload, technology, {}};
    const bool prefill = one.workload.decode_tokens == 0;
    Tables tables;
    for (const sim::AcceleratorConfig& config : machines) {
      add_machine(tables, input, config, prefill, used, [&](double share) {
        if (progress) progress((done + share) / all);
      });
      ++done;
    }
    StatisticNode& child = node.add_child(one.name, one.title);
    for (StatisticNode* table :
         {&tables.rungs, &tables.sizes, &tables.equal_speed, &tables.equal_area, &tables.refused, &tables.notes})
      if (!table->children.empty()) child.children.push_back(std::move(*table));
  }
  return node;
}

}  // namespace ternsim::explore
