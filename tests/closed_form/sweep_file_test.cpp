// Sweep files: axes, the designs that they make, and what is refused with file, line and key.
#include "sweep/sweep_file.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "base/error.h"
#include "sweep/metrics.h"

namespace ternsim::sweep {
namespace {

const std::string kHead =
    "name: x\nbase: {accelerator: a, model: m, workload: w, technology: t}\nset: {rows: 1, gone: ~}\naxes:\n";
const std::string kTail = "search: {method: grid}\nobjectives: [area_m2, tokens_per_second]\n";

std::string message_of(const std::string& text) {
  try {
    parse_sweep(text, "s.yaml");
  } catch (const InputError& e) {
    return e.what();
  }
  return "no InputError";
}

TEST(SweepFile, AxesMakeTheDesignsOfTheirProduct) {
  const Sweep sweep = parse_sweep(kHead +
                                      "  lanes: [64, 1.28e2]\n"
                                      "  store:\n    choices:\n      - {kind: rom, bytes: 8}\n      - {kind: ~}\n"
                                      "  clock_hz: {from: 0.5e9, to: 1.5e9, step: 0.5e9}\n"
                                      "  channels: {from: 1, to: 8, times: 2}\n"
                                      "  share: {from: 0, to: 0.3, step: 0.1}\n"
                                      "  accelerator: [1e3, b]\n" +
                                      kTail,
                                  "s.yaml");
  EXPECT_EQ(sweep.designs(), 2U * 2 * 3 * 4 * 4 * 2);
  EXPECT_EQ(sweep.rules.objectives, (std::vector<std::size_t>{*find_metric("area_m2"), 0}));
  std::set<std::string> all;
  std::map<std::string, std::set<std::string>> values;
  for (std::uint64_t i = 0; i < sweep.designs(); ++i) {
    const Settings settings = sweep.at(i);
    all.insert(canonical_text(settings));
    for (const auto& [key, value] : settings) values[key].insert(value);
    EXPECT_EQ(settings.at("kind") == "rom", settings.contains("bytes"));
  }
  EXPECT_EQ(all.size(), sweep.designs());
  const auto set = [](std::initializer_list<const char*> words) {
    return std::set<std::string>(words.begin(), words.end());
  };
  EXPECT_EQ(values.at("lanes"), set({"64", "128"}));
  EXPECT_EQ(values.at("clock_hz"), set({"500000000", "1000000000", "1500000000"}));
  EXPECT_EQ(values.at("channels"), set({"1", "2", "4", "8"}));
  EXPECT_EQ(values.at("share"), set({"0", "0.1", "0.2", "0.3"}));  // not 0.30000000000000004
  EXPECT_EQ(values.at("accelerator"), set({"1e3", "b"}));          // names are no numbers
  EXPECT_EQ(values.at("rows"), set({"1"}));
  EXPECT_EQ(values.at("gone"), set({""}));
  EXPECT_EQ(sweep.origins.at("bytes"), "s.yaml:8");
}

TEST(SweepFile, RefusalsNameFileLineAndKey) {
  const std::string one = "  lanes: [1]\n";
  for (const auto& [text, message] : std::initializer_list<std::pair<std::string, std::string>>{
           {kHead + "  rows: [1, 2]\n" + kTail, "s.yaml:5: axes.rows: also given at s.yaml:3"},
           {kHead + "  lanes: [1, 2, 1.0]\n" + kTail, "s.yaml:5: axes.lanes: 1 stands there twice"},
           {kHead + "  lanes: []\n" + kTail, "s.yaml:5: axes.lanes: an axis needs a value"},
           {kHead + "  lanes: 3\n" + kTail, "s.yaml:5: axes.lanes: expected a map of keys and values"},
           {kHead + "  lanes: {from: 4, to: 2, step: 1}\n" + kTail, "s.yaml:5: axes.lanes.to: 2 is outside of"},
           {kHead + "  lanes: {from: 1, to: 2}\n" + kTail, "a range has either a step"},
           {kHead + "  lanes: {from: 0, to: 2, times: 2}\n" + kTail, "must be above 0"},
           {kHead + "  lanes: {from: 0, to: 1e9, step: 1}\n" + kTail, "s.yaml:5: axes.lanes.step: more than 100000"},
           {kHead + one + "search: {method: gird}\nobjectives: [area_m2]\n", "did you mean 'grid'"},
           {kHead + one + "search: {method: grid}\nobjectives: [area_m3]\n",
            "s.yaml:7: objectives: no figure 'area_m3' (did"},
           {kHead + one + "search: {method: grid}\nobjectives: []\n", "at least one"},
           {kHead + one + "search: {method: random, seed: 1, points: 2}\nobjectives: [area_m2]\n",
            "the axes make 1 designs only"},
           {kHead + one + "search: {method: nsga2, seed: 1, population: 9, generations: 1}\nobjectives: [area_m2]\n",
            "must be a multiple of 4"},
           {kHead + one + kTail + "constraints: {area_m2: {max: 1, min: 2}}\n", "constraints.area_m2.min: above max"},
           {kHead + one + kTail + "constraints: {areas_m2: {max: 1}}\n", "(did you mean 'area_m2'?)"},
           {kHead + one + kTail + "constraint: {}\n", "unknown key (did you mean 'constraints'?)"}})
    EXPECT_NE(message_of(text).find(message), std::string::npos) << message_of(text) << "\ninstead of " << message;
}

TEST(SweepFile, OneValueHasOneSpelling) {
  for (const auto& [word, canonical] :
       std::initializer_list<std::pair<const char*, const char*>>{{"1.0e9", "1000000000"},
                                                                  {"64", "64"},
                                                                  {"-0.50", "-0.5"},
                                                                  {"1e300", "1e+300"},
                                                                  {"two_bit", "two_bit"},
                                                                  {"1x", "1x"},
                                                                  {"nan", "nan"},
                                                                  {"", ""},
                                                                  {"true", "true"}})
    EXPECT_EQ(canonical_value(word), canonical);
}

TEST(SweepFile, SettingsSurviveTheirText) {
  const Settings settings{{"accelerator", "a \"b\"\n"},
                          {"model", "m"},
                          {"technology", "t"},
                          {"workload", "w's"},
                          {"matrix_unit.rtl_config", ""}};
  EXPECT_EQ(parse_settings(canonical_text(settings)), settings);
  EXPECT_EQ(simulate_command(settings),
            "ternsim simulate --accelerator 'a \"b\"\n' --model m --workload 'w'\\''s' --technology t "
            "--set matrix_unit.rtl_config=");
  for (const char* bad : {"", "[]", "{}", "{\"model\":1}", "null"})
    EXPECT_THROW(parse_settings(bad), InputError) << bad;
}

}  // namespace
}  // namespace ternsim::sweep
