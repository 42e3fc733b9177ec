// The table of docs/reference/sweeps.md: the front of configs/sweeps/edge-2b4t.yaml.
//
//   sweeps_doc FILE write STORE   from the points of that sweep, all or a draw
//   sweeps_doc FILE check         simulates every tenth row's design, the first and the last included
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/child_processes.h"
#include "base/error.h"
#include "model/shape_yaml.h"
#include "sweep/design.h"
#include "sweep/front.h"
#include "sweep/store.h"
#include "sweep/sweep_file.h"
#include "tests/document_main.h"

namespace {

using namespace ternsim;
namespace fs = std::filesystem;

const fs::path kSource = TERNSIM_SOURCE_DIR;
constexpr std::string_view kBegin = "<!-- front: written by sweeps_doc -->\n";
constexpr std::string_view kEnd = "<!-- end of front -->\n";

/// The settings that a row shows, as the sweep names them.
constexpr std::string_view kColumns[] = {"accelerator",          "matrix_unit.rows", "matrix_unit.weight_packing",
                                         "buffers.weight_bytes", "lm_head.lanes",    "clock_hz",
                                         "dram.memory",          "dram.channels"};

std::string row_of(const sweep::Settings& settings, const sweep::Metrics& metrics) {
  const auto figure = [&](std::string_view name) { return metrics[*sweep::find_metric(name)].value(); };
  std::string row = fmt::format("| {:.4g} | {:.4g} ({:.4g} ... {:.4g}) | {:.4g} |", figure("tokens_per_second"),
                                1e3 * figure("joules_per_token_mid"), 1e3 * figure("joules_per_token_low"),
                                1e3 * figure("joules_per_token_high"), 1e6 * figure("area_m2"));
  for (const std::string_view column : kColumns) row += fmt::format(" {} |", settings.at(std::string(column)));
  return row + '\n';
}

std::string header() {
  std::string names = "| token/s | mJ/token (low ... high) | mm2 |";
  std::string line = "|---|---|---|";
  for (const std::string_view column : kColumns) {
    names += fmt::format(" {} |", column.substr(column.rfind('.') + 1));
    line += "---|";
  }
  return names + '\n' + line + '\n';
}

/// The design of the sweep whose settings a row shows.
sweep::Settings settings_of(const std::string& row, const sweep::Sweep& sweep) {
  std::vector<std::string> cells;
  std::istringstream in(row);
  for (std::string cell; std::getline(in, cell, '|');)
    cells.push_back(cell.size() < 2 ? cell : cell.substr(1, cell.size() - 2));
  std::map<std::string, std::string> shown;
  for (std::size_t i = 0; i < std::size(kColumns); ++i) shown[std::string(kColumns[i])] = cells.at(i + 4);
  sweep::Settings settings = sweep.fixed;
  for (const sweep::Axis& axis : sweep.axes)
    for (const sweep::Settings& value : axis.values) {
      bool fits = true;
      for (const auto& [key, text] : value) fits = fits && (!shown.contains(key) || shown.at(key) == text);
      if (fits)
        for (const auto& [key, text] : value) settings[key] = text;
    }
  return settings;
}

sweep::Metrics simulate(sweep::Designs& designs, const sweep::Settings& settings) {
  designs.load_shared(settings);
  sweep::Metrics metrics;
  bool started = false;
  run_in_children(
      1, 0, [&] { return std::exchange(started, true) ? std::nullopt : std::optional<std::size_t>(0); },
      [&](std::size_t) {
        nlohmann::json values;
        for (const std::optional<double>& value : designs.simulate(settings))
          values.push_back(value ? nlohmann::json(*value) : nlohmann::json());
        return values.dump();
      },
      [&](std::size_t, const ChildResult& result) {
        const nlohmann::json values = nlohmann::json::parse(result.output);
        for (std::size_t i = 0; i < metrics.size(); ++i)
          if (!values.at(i).is_null()) metrics[i] = values.at(i).get<double>();
      });
  return metrics;
}

}  // namespace

int ternsim::test::run_document(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) throw RequestError("usage: sweeps_doc FILE write STORE | check");
  const fs::path file = arguments[0];
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string doc = text.str();
  const std::size_t begin = doc.find(kBegin);
  const std::size_t end = doc.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos) throw InputError(file.string() + ": no table's marks");
  const std::size_t first = begin + kBegin.size();
  const sweep::Sweep sweep = sweep::load_sweep(kSource / "configs/sweeps/edge-2b4t.yaml");

  if (arguments[1] == "write" && arguments.size() == 3) {
    const sweep::Store store = sweep::Store::read(arguments[2]);
    const std::vector<const sweep::Point*> points = store.points();
    const sweep::Front front = sweep::front_of(points, sweep.rules);
    std::string table = fmt::format("{} of the {} designs were simulated, {} of them are on the front.\n\n{}",
                                    points.size(), sweep.designs(), front.members.size(), header());
    for (const sweep::Front::Member& member : front.members)
      table += row_of(sweep::parse_settings(member.point->settings), member.point->metrics);
    std::ofstream(file, std::ios::binary) << doc.substr(0, first) << table << doc.substr(end);
    return 0;
  }
  sweep::Designs designs(
      {[](const std::string& kind, const std::string& name) { return kSource / "configs" / kind / (name + ".yaml"); },
       [](const std::string& name) { return kSource / "configs/models" / (name + ".yaml"); },
       [](const fs::path& path, std::span<const YamlOverride> overrides) {
         return sweep::LoadedModel{model::Graph::build(model::load_shape(path, overrides)), {}, {}};
       },
       kSource / "rtl/configs.yaml"},
      sweep.origins);
  std::vector<std::string> rows;
  std::istringstream lines(doc.substr(first, end - first));
  for (std::string line; std::getline(lines, line);) rows.push_back(line + '\n');
  constexpr std::size_t kAbove = 4;  // the sentence, an empty line, the header
  if (rows.size() <= kAbove || rows[2] + rows[3] != header())
    throw InputError(file.string() + ": another table's header");
  int stale = 0;
  for (std::size_t i = kAbove; i < rows.size(); i = i + 1 == rows.size() ? i + 1 : std::min(i + 10, rows.size() - 1)) {
    const sweep::Settings settings = settings_of(rows[i], sweep);
    const std::string fresh = row_of(settings, simulate(designs, settings));
    if (fresh == rows[i]) continue;
    fmt::print(stderr, "{}: stale row\n  {}  {}", file.string(), rows[i], fresh);
    ++stale;
  }
  return stale == 0 ? 0 : 1;
}
