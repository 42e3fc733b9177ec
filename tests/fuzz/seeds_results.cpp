#include "reports/json_writer.h"
#include "tests/closed_form/reports_sample_tree.h"
#include "tests/fuzz/seeds.h"

namespace ternsim::fuzz {

std::vector<Seed> results_seeds() {
  const std::string whole = reports::json_report(reports::sample_tree());
  StatisticNode small{"results", "Results", {}, {}};
  small.add_child("configuration", "Configuration")
      .add("accelerator", "Name of the machine.", Quantity::Text, std::string("one"))
      .add("accelerator_yaml", "The machine.", Quantity::Text,
           std::string("matrix_unit: {rows: 8}\nlist: [a, b]\nitems: [{x: 1}, {x: 2}]\nnone: ~\n\"a\\n/\": 1\n"
                       "# in place of the above: matrix_unit.rows: 4\n"));
  small.add_child("decode", "Decode").add("joules_per_token_mid", "Energy.", Quantity::JoulesPerToken, 0.5);
  return {{"whole.json", whole},
          {"small.json", reports::json_report(small)},
          {"refused_version", R"({"schema":"ternsim-results","schema_version":0,"results":{}})"},
          {"refused_depth", std::string(64, '[')}};
}

}  // namespace ternsim::fuzz
