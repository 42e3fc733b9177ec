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
const char* const kOperationTables = "--table matmul_ratio energy_2b4t bitnet_v1 b158_fig3 b158_fig3_llama";

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

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

double number(const json& node, const std::string& name) { return value(node, name).get<double>(); }

json reproduction(const std::string& arguments) {
  const Outcome o = run("reproduce --json " + arguments);
  EXPECT_EQ(o.code, 0) << o.out;
  return child(json::parse(o.out).at("results"), "reproduction");
}

/// More bits are more bytes, and in decode, which memory bounds, fewer tokens a second.
void expect_formats(const json& formats) {
  const json& decode = child(formats, "decode");
  const auto rate = [&](const char* format) { return number(child(decode, format), "tokens_per_second"); };
  const auto bytes = [&](const char* format) {
    return number(child(child(formats, "storage"), format), "model_bytes");
  };
  EXPECT_GT(bytes("fp16"), bytes("gptq_4bit"));
  EXPECT_GT(bytes("gptq_4bit"), bytes("bitnet"));
  EXPECT_LT(rate("fp16"), rate("gptq_4bit"));
  EXPECT_LT(rate("gptq_4bit"), rate("bitnet"));
  EXPECT_EQ(rate("gptq_4bit"), rate("awq_4bit"));
  for (const char* phase : {"prefill", "decode"})
    for (const json& row : child(formats, phase).at("children")) {
      EXPECT_LT(number(row, "joules_low"), number(row, "joules_mid")) << row;
      EXPECT_LT(number(row, "joules_mid"), number(row, "joules_high")) << row;
    }
  // 2B4T by hand: 2084044800 weights and an F16 embedding of 128256 x 2560, each beginning on 4 KiB.
  const double embedding = 128256.0 * 2560 * 2;
  EXPECT_NEAR(bytes("fp16") / (2084044800.0 * 2 + embedding), 1, 1e-3);
  EXPECT_NEAR(bytes("bitnet") / (2084044800.0 / 4 + embedding), 1, 1e-3);
}

/// The published joules by part, and the machine's.
void expect_headline(const json& headline) {
  EXPECT_EQ(number(headline, "published"), 0.028);
  const json& formula = child(headline, "formula");
  double sum = 0;
  for (const char* part : {"ternary_linears", "scales", "attention"}) sum += number(child(formula, part), "joules");
  EXPECT_NEAR(sum / number(child(formula, "total"), "joules"), 1, 1e-12);
  EXPECT_NEAR(number(child(formula, "attention"), "share"), 0.72, 0.005);
  const json& machine = child(headline, "machine");
  double parts = 0;
  for (const json& row : machine.at("children"))
    if (row.at("name") != "total") parts += number(row, "joules_mid");
  EXPECT_NEAR(parts / number(child(machine, "total"), "joules_mid"), 1, 1e-12);
  EXPECT_GT(number(child(machine, "total"), "times_published"), 1);
  const json& ratios = child(headline, "ratios");
  EXPECT_NEAR(number(child(ratios, "published_arithmetic_ratio"), "ratio"), 71.4, 0.05);
  EXPECT_LT(number(child(ratios, "decode.whole_machine_energy_ratio"), "ratio"), 8);  // 16 bits over 2
}

/// A copy of configs/published that may be changed, and room for files.
class Reproduce : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_reproduce_" + std::to_string(getpid()));
    fs::copy(kSource / "configs/published", dir_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(dir_); }
  /// The options for a folder in which one file is changed.
  std::string with(const std::string& file, const std::string& from, const std::string& to) const {
    std::string changed = text_of(dir_ / file);
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    std::ofstream(dir_ / file) << changed;
    return " --data " + dir_.string();
  }
  fs::path dir_;
};

TEST_F(Reproduce, KeepsEveryPromiseOfTheOperationTables) {
  const json root = reproduction(kOperationTables);
  const json& summary = child(root, "summary");
  ASSERT_EQ(summary.at("children").size(), 5U);
  for (const char* table : {"matmul_ratio", "energy_2b4t", "bitnet_v1", "b158_fig3"})
    EXPECT_EQ(value(child(summary, table), "promise"), "kept") << table;
  EXPECT_EQ(value(child(summary, "b158_fig3_llama"), "promise"), "none");
  const json& bitnet = child(child(child(root, "energy_2b4t"), "entries"), "bitnet_2b4t");
  EXPECT_EQ(value(bitnet, "ours_as_printed"), "0.028");
  EXPECT_EQ(value(child(root, "energy_2b4t"), "per"), "pass over 512 tokens, not token");
  const json& odd = child(child(child(root, "bitnet_v1"), "entries"), "6.7b.w1.7nm.add");
  EXPECT_TRUE(value(odd, "verdict").get<std::string>().starts_with("deviates: printed is the total")) << odd;
}

TEST_F(Reproduce, AChangedFigureEndsWithFourAndNamesItsTable) {
  const Outcome o =
      run(std::string("reproduce ") + kOperationTables + with("energy_2b4t.yaml", "value: 0.028", "value: 0.027"));
  EXPECT_EQ(o.code, 4) << o.out;
  EXPECT_NE(o.out.find("promised figures do not come out: energy_2b4t\n"), std::string::npos) << o.out;
}

TEST_F(Reproduce, ADesignOutsideOfItsToleranceEndsWithFour) {
  const Outcome o = run("reproduce --table designs" +
                        with("designs.yaml", "value: 727, tolerance: 0.20", "value: 727, tolerance: 0.001"));
  EXPECT_EQ(o.code, 4) << o.out;
  EXPECT_NE(o.out.find("do not come out: designs"), std::string::npos) << o.out;
}

TEST_F(Reproduce, DamagedFilesAndWrongNamesAreOneLine) {
  const Outcome damaged =
      run("reproduce --table cpu_bitnet_cpp" + with("cpu_bitnet_cpp.yaml", "model: llama-7b-158", "model: llama-8b"));
  EXPECT_EQ(damaged.code, 3) << damaged.out;
  EXPECT_NE(damaged.out.find("llama-8b.yaml: no such file"), std::string::npos) << damaged.out;
  const Outcome wrong = run("reproduce --table energy_2b4");
  EXPECT_EQ(wrong.code, 3) << wrong.out;
  EXPECT_NE(wrong.out.find("did you mean 'energy_2b4t'"), std::string::npos) << wrong.out;
  const Outcome nowhere = run("reproduce --table matmul_ratio --data /nowhere");
  EXPECT_EQ(nowhere.code, 3) << nowhere.out;
  const Outcome unwritten = run("reproduce --table matmul_ratio --csv /nowhere/figures.csv");
  EXPECT_EQ(unwritten.code, 3) << unwritten.out;
  EXPECT_EQ(run("reproduce --tabel matmul_ratio").code, 2);
}

TEST_F(Reproduce, WritesCsvAndMarkdownOfTheSameFigures) {
  const fs::path csv = dir_ / "figures.csv";
  const fs::path markdown = dir_ / "figures.md";
  reproduction("--table matmul_ratio --csv " + csv.string() + " --markdown " + markdown.string());
  EXPECT_NE(text_of(csv).find("results/reproduction/matmul_ratio/entries/fp16_mac_over_int8_add,published,71.4,"),
            std::string::npos);
  EXPECT_NE(text_of(markdown).find("| fp16_mac_over_int8_add | 71.4 | 71.43 | 71.4 |"), std::string::npos)
      << text_of(markdown);
}

/// One run of everything, since it is the slow one: the document, and what stands in it.
TEST_F(Reproduce, EverythingAndTheDocumentIsFresh) {
  const fs::path fresh = dir_ / "published.md";
  const json root = reproduction("--markdown " + fresh.string());
  EXPECT_TRUE(text_of(fresh) == text_of(kSource / "docs/reference/published.md"))
      << "docs/reference/published.md is stale: ternsim reproduce --markdown docs/reference/published.md renews it";
  EXPECT_EQ(child(root, "summary").at("children").size(), 9U);
  expect_formats(child(root, "weight_formats"));
  expect_headline(child(root, "headline"));
}

}  // namespace
}  // namespace ternsim
