#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Outcome;
using test::run;

const fs::path kSource = TERNSIM_SOURCE_DIR;

const json& child(const json& node, const std::string& name) {
  for (const json& c : node.at("children"))
    if (c.at("name") == name) return c;
  throw std::runtime_error("no child " + name);
}

const json& value(const json& node, const std::string& name) {
  for (const json& s : node.at("statistics"))
    if (s.at("name") == name) return s.at("value");
  throw std::runtime_error("no statistic " + name);
}

/// A copy of configs/published with designs.yaml changed.
class Designs : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_designs_" + std::to_string(getpid()));
    fs::copy(kSource / "configs/published", dir_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(dir_); }
  /// The path of the changed file.
  std::string with(const std::string& from, const std::string& to) const {
    std::ifstream in(dir_ / "designs.yaml");
    std::stringstream text;
    text << in.rdbuf();
    std::string changed = text.str();
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    std::ofstream(dir_ / "changed.yaml") << changed;
    return (dir_ / "changed.yaml").string();
  }
  fs::path dir_;
};

TEST_F(Designs, PrintsEveryPublishedDesignAndReproducesWhatIsPublishedInFull) {
  const Outcome o = run("designs --json");
  ASSERT_EQ(o.code, 0) << o.out;
  const json root = json::parse(o.out).at("results");
  const json& figures = child(child(root, "designs"), "figures");
  for (const char* name : {"tom.tokens_per_second", "tom.watts", "vitallm.tokens_per_second",
                           "tellme-v2.tokens_per_second", "tereffic.tokens_per_second"}) {
    const json& row = child(figures, name);
    EXPECT_GT(value(row, "simulated").get<double>(), 0) << name;
    EXPECT_NEAR(value(row, "difference").get<double>(),
                value(row, "simulated").get<double>() / value(row, "published").get<double>() - 1, 1e-9);
    const bool complete =
        value(row, "missing") == "nothing" || value(row, "missing").get<std::string>().ends_with("(without effect)");
    EXPECT_EQ(complete, value(row, "verdict") == "within") << name;
  }
  EXPECT_EQ(value(child(figures, "tom.tokens_per_second"), "verdict"), "miss (fitted)");
  EXPECT_EQ(value(child(figures, "tellme-v2.tokens_per_second"), "verdict"), "parameter missing");
}

TEST_F(Designs, AFigureOutsideItsToleranceEndsWithFour) {
  const Outcome o = run("designs " + with("value: 727, tolerance: 0.20", "value: 727, tolerance: 0.001"));
  EXPECT_EQ(o.code, 4) << o.out;
  EXPECT_NE(o.out.find("outside"), std::string::npos) << o.out;
}

TEST_F(Designs, BadFilesNameTheirLine) {
  const auto expect = [](const Outcome& o, const std::string& part) {
    EXPECT_EQ(o.code, 3) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << o.out;
  };
  expect(run("designs " + with("tolerance: 0.20", "tolerance: 20")), "tolerance");
  expect(run("designs " + with("machine: machines/tom.yaml", "machine: ../tom.yaml")), "no file beside this one");
  expect(run("designs " + with("missing: \"unit width\"", "mising: \"unit width\"")), "did you mean 'missing'");
  expect(run("designs " + with("model: bitnet-b158-3b", "model: bitnet-b158-4b")), "bitnet-b158-4b.yaml: no such file");
  expect(run("designs /nowhere.yaml"), "no such file");
}

// FP16 sums have no integer reference; every other machine computes the embedded model's, on its own datapath.
TEST(MachinesCommand, EveryExactMachineComputesTheReferencesSums) {
  int exact = 0;
  for (const auto& entry : fs::directory_iterator(kSource / "configs/accelerators")) {
    const std::string name = entry.path().stem().string();
    const Outcome o = run("simulate --check --json --prefill 4 --decode 1 --accelerator " + name);
    if (o.code == 3) {
      EXPECT_NE(o.out.find("computes in FP16"), std::string::npos) << o.out;
      continue;
    }
    ASSERT_EQ(o.code, 0) << name << ": " << o.out;
    const json machine = child(json::parse(o.out).at("results"), "machine");
    EXPECT_GT(value(child(machine, "prefill"), "sums_checked").get<double>(), 0) << name;
    EXPECT_GT(value(child(machine, "decode"), "sums_checked").get<double>(), 0) << name;
    ++exact;
  }
  EXPECT_GE(exact, 10);
}

TEST(TopologyCommand, RunsBothFormsWithTheSameResultsTree) {
  const fs::path workloads = kSource / "configs/workloads";
  for (const char* name : {"edge-vision", "block-2b4t"}) {
    const Outcome o = run("simulate --json --topology " + (workloads / name).string() + ".csv");
    ASSERT_EQ(o.code, 0) << o.out;
    const json root = json::parse(o.out).at("results");
    EXPECT_EQ(value(child(root, "configuration"), "workload"), name);
    const json& phase = child(child(root, "machine"), "prefill");
    EXPECT_GT(value(phase, "cycles").get<double>(), 0);
    EXPECT_GT(value(phase, "matrix_utilisation").get<double>(), 0.5);
    EXPECT_LE(value(phase, "matrix_utilisation").get<double>(), 1.0);
  }
}

TEST(TopologyCommand, ExcludesWhatBelongsToAModel) {
  const std::string file = (kSource / "configs/workloads/edge-vision.csv").string();
  EXPECT_EQ(run("simulate --topology " + file + " --model embedded").code, 2);
  EXPECT_EQ(run("simulate --topology " + file + " --batch 2").code, 2);
  const Outcome missing = run("simulate --topology /nowhere.csv");
  EXPECT_EQ(missing.code, 3) << missing.out;
  const Outcome program = run("simulate --print-program --topology " + file);
  EXPECT_EQ(program.code, 0);
  EXPECT_NE(program.out.find("matmul_chunk   Patch"), std::string::npos) << program.out.substr(0, 400);
}

}  // namespace
}  // namespace ternsim
