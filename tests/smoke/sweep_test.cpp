// The commands sweep, front and merge: what a killed sweep leaves, what shards make together, what is refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "sweep/settings.h"
#include "sweep/store.h"
#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using sweep::Point;
using sweep::Store;
using test::Outcome;

/// What a design came to; wall times differ from run to run.
std::map<std::string, std::pair<std::string, sweep::Metrics>> results(const Store& store) {
  std::map<std::string, std::pair<std::string, sweep::Metrics>> all;
  for (const Point* point : store.points()) all[point->settings] = {point->error, point->metrics};
  return all;
}

json child(const json& node, const std::string& name) {
  for (const json& c : node.at("children"))
    if (c.at("name") == name) return c;
  ADD_FAILURE() << "no node " << name;
  return {};
}

json value(const json& node, const std::string& name) {
  for (const json& s : node.at("statistics"))
    if (s.at("name") == name) return s.at("value");
  ADD_FAILURE() << "no statistic " << name;
  return {};
}

class Sweeps : public ::testing::Test {
 protected:
  Sweeps() : dir_(fs::temp_directory_path() / ("ternsim_sweep_" + std::to_string(getpid()))) {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  ~Sweeps() override { fs::remove_all(dir_); }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  /// One layer of 2B4T, which takes milliseconds, on designs of these axes.
  std::string sweep(const std::string& name, const std::string& axes, const std::string& search = "method: grid") {
    std::ofstream(path(name)) << "name: test\n"
                                 "base: {accelerator: edge-lpddr5x, model: bitnet-b158-2b4t, workload: decode-512, "
                                 "technology: published-7nm}\n"
                                 "set: {model.block_count: 1, workload.decode_tokens: 1, matrix_unit.rtl_config: ~}\n"
                                 "axes:\n"
                              << axes << "search: {" << search
                              << "}\nobjectives: [tokens_per_second, joules_per_token_mid, area_m2]\n";
    return path(name);
  }
  const std::string sixty_ =
      "  matrix_unit.rows: [4, 8, 16, 32]\n  dram.channels: {from: 1, to: 5, step: 1}\n  clock_hz: [0.5e9, 1e9, 2e9]\n";

  Outcome run(const std::string& file, const std::string& store, const std::string& more = "") {
    return test::run("sweep " + file + " -o " + path(store) + " -j 2 " + more);
  }

  static void expect_refused(const Outcome& o, const std::string& what) {
    EXPECT_EQ(o.code, 3) << o.out;
    EXPECT_NE(o.out.find(what), std::string::npos) << o.out;
  }

  fs::path dir_;
};

pid_t start(const std::string& file, const std::string& store) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int null = open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) dup2(null, fd);
  execl(TERNSIM_BINARY, TERNSIM_BINARY, "sweep", file.c_str(), "-o", store.c_str(), "-j", "2", nullptr);
  _exit(127);
}

TEST_F(Sweeps, KilledAndResumedLosesAndDoublesNothing) {
  const std::string file = sweep("s.yaml", sixty_);
  ASSERT_EQ(run(file, "whole.db").code, 0);
  const auto whole = results(Store::read(path("whole.db")));
  ASSERT_EQ(whole.size(), 60U);

  std::size_t kept = 0;
  for (const std::size_t enough : {5U, 20U, 40U}) {
    const pid_t pid = start(file, path("killed.db"));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(300);
    std::size_t seen = 0;
    while (seen < enough && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::error_code ec;
      if (fs::file_size(path("killed.db"), ec) > 0 && !ec) try {
          seen = Store::read(path("killed.db")).size();
        } catch (const std::exception&) {  // its tables are being made
        }
    }
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    kept = Store::read(path("killed.db")).size();
    ASSERT_GE(kept, enough);
  }
  ASSERT_LT(kept, 60U) << "the last kill came too late to show anything";

  const Outcome resumed = run(file, "killed.db", "--json");
  ASSERT_EQ(resumed.code, 0) << resumed.out;
  EXPECT_EQ(value(child(json::parse(resumed.out).at("results"), "computed"), "computed"), 60 - kept);
  EXPECT_EQ(results(Store::read(path("killed.db"))), whole);
  const Outcome again = run(file, "killed.db", "--json");
  EXPECT_EQ(value(child(json::parse(again.out).at("results"), "computed"), "computed"), 0);
}

TEST_F(Sweeps, APointHasTheFiguresOfSimulate) {
  const std::string file = sweep("s.yaml", "  matrix_unit.rows: [8, 32]\n  workload.batch: [1, 3]\n");
  ASSERT_EQ(run(file, "s.db").code, 0);
  const Store store = Store::read(path("s.db"));
  ASSERT_EQ(store.size(), 4U);
  for (const Point* point : store.points()) {
    const std::string command = sweep::simulate_command(sweep::parse_settings(point->settings)) + " --json";
    const Outcome o = test::run(command.substr(std::string("ternsim ").size()));
    ASSERT_EQ(o.code, 0) << o.out;
    const json machine = child(json::parse(o.out).at("results"), "machine");
    const json decode = child(machine, "decode");
    for (std::size_t i = 0; i < sweep::kMetricCount; ++i) {
      const std::string name(sweep::kMetrics[i].name);
      if (name == "time_to_first_token") {
        EXPECT_FALSE(point->metrics[i].has_value());
      } else {
        EXPECT_EQ(point->metrics[i], value(name == "area_m2" ? machine : decode, name).get<double>()) << name;
      }
    }
  }
}

TEST_F(Sweeps, ShardsMergeToTheWhole) {
  const std::string file = sweep("s.yaml", sixty_);
  ASSERT_EQ(run(file, "whole.db").code, 0);
  std::string parts;
  std::size_t sum = 0;
  for (const char* shard : {"1", "2", "3"}) {
    ASSERT_EQ(run(file, shard + std::string(".db"), "--shard " + std::string(shard) + "/3").code, 0);
    parts += " " + path(shard + std::string(".db"));
    sum += Store::read(path(shard + std::string(".db"))).size();
  }
  EXPECT_EQ(sum, 60U);
  const Outcome merged = test::run("merge " + path("merged.db") + parts);
  ASSERT_EQ(merged.code, 0) << merged.out;
  EXPECT_NE(merged.out.find("merged.db: 60 points"), std::string::npos) << merged.out;
  EXPECT_EQ(results(Store::read(path("merged.db"))), results(Store::read(path("whole.db"))));
  // Twice makes no difference; the sweep itself finds nothing left to do.
  ASSERT_EQ(test::run("merge " + path("merged.db") + parts).code, 0);
  const Outcome again = run(file, "merged.db", "--json");
  EXPECT_EQ(value(child(json::parse(again.out).at("results"), "computed"), "computed"), 0);
  expect_refused(test::run("merge " + path("1.db") + " " + path("1.db")), "both input and output");
  expect_refused(run(file, "4.db", "--shard 4/3"), "shard '4/3'");
}

TEST_F(Sweeps, ADesignThatFailsIsRecordedAndTheOthersGoOn) {
  // 48 rows of a chunk fit 16 rows and 3, not 32.
  const std::string file = sweep("s.yaml", "  matrix_unit.rows: [3, 16, 32]\n  mapping.chunk_rows: [0, 48]\n");
  const Outcome o = run(file, "s.db");
  ASSERT_EQ(o.code, 0) << o.out;
  const Store store = Store::read(path("s.db"));
  ASSERT_EQ(store.size(), 6U);
  int failed = 0;
  for (const Point* point : store.points()) {
    const sweep::Settings settings = sweep::parse_settings(point->settings);
    const bool misfit = settings.at("matrix_unit.rows") == "32" && settings.at("mapping.chunk_rows") == "48";
    EXPECT_EQ(point->ok(), !misfit) << point->error;
    const bool said = point->error.find("must be a multiple of matrix_unit.rows, 32") != std::string::npos;
    EXPECT_EQ(said, misfit) << point->error;
    failed += point->ok() ? 0 : 1;
  }
  EXPECT_EQ(failed, 1);
  // It is not tried again unless that is asked for.
  for (const auto& [option, computed] : {std::pair("", 0), {"--retry-failed", 1}}) {
    const Outcome again = run(file, "s.db", std::string("--json ") + option);
    EXPECT_EQ(value(child(json::parse(again.out).at("results"), "computed"), "computed"), computed);
  }
}

TEST_F(Sweeps, ADesignThatTakesTooLongIsRecorded) {
  // One layer and token take milliseconds; thirty and 64, burst by burst, minutes.
  std::ofstream(path("s.yaml"))
      << "name: test\nbase: {accelerator: edge-lpddr5x, model: bitnet-b158-2b4t, workload: decode-512, technology: "
         "published-7nm}\naxes:\n  size:\n    choices:\n"
         "      - {dram.model: row_segment, model.block_count: 1, workload.decode_tokens: 1}\n"
         "      - {dram.model: per_burst, model.block_count: 30, workload.decode_tokens: 64}\n"
         "search: {method: grid}\nobjectives: [tokens_per_second]\ntimeout_seconds: 8\n";
  ASSERT_EQ(run(path("s.yaml"), "s.db").code, 0);
  const Store store = Store::read(path("s.db"));
  ASSERT_EQ(store.size(), 2U);
  for (const Point* point : store.points())
    EXPECT_EQ(point->error,
              sweep::parse_settings(point->settings).at("dram.model") == "per_burst" ? "took longer than 8 s" : "");
}

TEST_F(Sweeps, WrongKeysAndValuesAreRefusedBeforeAnythingIsSimulated) {
  expect_refused(run(sweep("s.yaml", "  matrix_unit.rowz: [8, 16]\n"), "s.db"),
                 "s.yaml:5: matrix_unit.rowz: unknown key (did you mean 'rows'?)");
  expect_refused(run(sweep("s.yaml", "  matrxi_unit.rows: [8, 16]\n"), "s.db"),
                 "s.yaml:5: matrxi_unit.rows: no section 'matrxi_unit'");
  expect_refused(run(sweep("s.yaml", "  matrix_unit.rows: [8, 16.5]\n"), "s.db"),
                 "s.yaml:5: matrix_unit.rows: expected a whole number, found '16.5'");
  expect_refused(run(sweep("s.yaml", "  workload.batch: [1, 0]\n"), "s.db"),
                 "s.yaml:5: batch: 0 is outside of 1 ... 4096");
  expect_refused(run(sweep("s.yaml", "  accelerator: [edge-lpddr5x, edge-lutt]\n"), "s.db"),
                 "s.yaml:5: accelerator: edge-lutt: no such file, and no name in configs/accelerators (did you mean "
                 "'edge-lut'?)");
  EXPECT_EQ(test::run("sweep edge-2b4tt").code, 3);
}

TEST_F(Sweeps, AChangedInputIsRefused) {
  const fs::path data(TERNSIM_SOURCE_DIR);
  fs::copy(data / "configs/workloads/decode-512.yaml", dir_ / "w.yaml");
  const std::string file = sweep("s.yaml", "  matrix_unit.rows: [8, 16]\n  workload: [" + path("w.yaml") + "]\n");
  ASSERT_EQ(run(file, "s.db").code, 0);
  std::ofstream(dir_ / "w.yaml", std::ios::app) << "# another file now\n";
  expect_refused(run(file, "s.db"), "computed from another workload " + path("w.yaml"));
  EXPECT_EQ(Store::read(path("s.db")).size(), 2U);
}

// Bytes behind an executable's end do not change what it does, only which one it is.
TEST_F(Sweeps, AnotherBuildOfTheProgramIsRefused) {
  const std::string file = sweep("s.yaml", "  matrix_unit.rows: [8, 16]\n");
  ASSERT_EQ(run(file, "s.db").code, 0);
  fs::copy(TERNSIM_BINARY, dir_ / "ternsim");
  std::ofstream(dir_ / "ternsim", std::ios::app) << "rebuilt";
  setenv("TERNSIM_DATA_DIR", TERNSIM_SOURCE_DIR, 1);
  expect_refused(test::run("sweep " + file + " -o " + path("s.db"), path("ternsim")),
                 "computed from another ternsim program");
  unsetenv("TERNSIM_DATA_DIR");
}

TEST_F(Sweeps, WiderAxesComputeOnlyWhatIsNew) {
  ASSERT_EQ(run(sweep("s.yaml", "  matrix_unit.rows: [8, 16]\n"), "s.db").code, 0);
  const Outcome wider = run(sweep("s.yaml", "  matrix_unit.rows: [8, 16, 32]\n"), "s.db", "--json");
  EXPECT_EQ(value(child(json::parse(wider.out).at("results"), "computed"), "computed"), 1);
}

TEST_F(Sweeps, ASearchIsResumedAndFindsTheGridsFront) {
  const std::string axes =
      "  matrix_unit.rows: [4, 8, 16, 32]\n  dram.channels: {from: 1, to: 4, step: 1}\n  clock_hz: [0.5e9, 1e9]\n";
  ASSERT_EQ(run(sweep("grid.yaml", axes), "grid.db").code, 0);
  const std::string file = sweep("search.yaml", axes, "method: nsga2, seed: 3, population: 16, generations: 10");
  const Outcome first = run(file, "search.db", "--json");
  ASSERT_EQ(first.code, 0) << first.out;
  const Outcome again = run(file, "search.db", "--json");
  EXPECT_EQ(value(child(json::parse(again.out).at("results"), "computed"), "computed"), 0);
  const auto front = [&](const std::string& store) {
    std::set<std::string> keys;
    const json tree = json::parse(test::run("front " + path(store) + " --json").out).at("results");
    const json designs = child(tree, "front");
    for (const json& design : designs.at("children")) keys.insert(design.at("name"));
    return keys;
  };
  EXPECT_EQ(front("search.db"), front("grid.db"));
  expect_refused(run(file, "search.db", "--shard 1/2"), "cannot be cut into shards");
}

TEST_F(Sweeps, ThePageHoldsEveryPointAndHostileTextStaysText) {
  const std::string file = sweep("s.yaml", "  matrix_unit.rows: [8, 16, 32]\n");
  std::ofstream(file, std::ios::app) << "timeout_seconds: 60\n";
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text.replace(text.find("name: test"), 10, "name: \"</script><img src=x onerror=alert(1)>\"");
  std::ofstream(file) << text;
  ASSERT_EQ(run(file, "s.db", "--html " + path("s.html")).code, 0);
  std::ifstream page_in(path("s.html"));
  const std::string page{std::istreambuf_iterator<char>(page_in), {}};
  EXPECT_EQ(page.find("</script><img"), std::string::npos);
  const std::string open = "<script type=\"application/json\" id=\"results\">";
  const std::size_t begin = page.find(open) + open.size();
  const json data = json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  EXPECT_EQ(data.at("title"), "</script><img src=x onerror=alert(1)>");
  ASSERT_EQ(data.at("points").size(), 3U);
  std::set<std::string> rows;
  for (const json& point : data.at("points")) {
    rows.insert(point.at(0).at(0));
    EXPECT_EQ(point.at(1).size(), data.at("metrics").size());
  }
  EXPECT_EQ(rows, (std::set<std::string>{"8", "16", "32"}));
}

TEST_F(Sweeps, OneWriterAtATime) {
  const std::string file = sweep("s.yaml", sixty_);
  ASSERT_EQ(run(file, "s.db").code, 0);
  const Store writer = Store::open(path("s.db"), TERNSIM_VERSION);
  expect_refused(run(file, "s.db"), "another sweep writes to it");
  EXPECT_EQ(test::run("front " + path("s.db")).code, 0);  // readers are welcome
}

}  // namespace
}  // namespace ternsim
