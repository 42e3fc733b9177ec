// What a new user meets first: no arguments, help, typing errors, no model, `--version`, `doctor`, shell completion.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/run_ternsim.h"

namespace ternsim {
namespace {

using nlohmann::json;
using test::Outcome;
using test::run;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The commands that the help lists under its headings.
std::vector<std::string> commands() {
  std::vector<std::string> names;
  static const std::regex row("  ([a-z]+) {2,}[A-Z].*");
  std::smatch m;
  for (const std::string& line : lines_of(run("--help").out))
    if (std::regex_match(line, m, row)) names.push_back(m[1]);
  return names;
}

void expect_one_line(const Outcome& o, int code, const std::string& part) {
  EXPECT_EQ(o.code, code) << o.out;
  EXPECT_NE(o.out.find(part), std::string::npos) << "wanted '" << part << "' in:\n" << o.out;
  EXPECT_EQ(std::ranges::count(o.out, '\n'), 1) << o.out;
}

const json& child(const json& node, const std::string& name) {
  for (const json& c : node.at("children"))
    if (c.at("name") == name) return c;
  throw std::out_of_range(name);
}

json value(const json& node, const std::string& name) {
  for (const json& s : node.at("statistics"))
    if (s.at("name") == name) return s.at("value");
  throw std::out_of_range(name);
}

json doctor() {
  const Outcome o = run("doctor --json");
  EXPECT_EQ(o.code, 0) << o.out;
  return json::parse(o.out).at("results");
}

TEST(FirstMinute, NothingToDoSaysWhereToBegin) {
  const Outcome o = run("");
  EXPECT_EQ(o.code, 2);
  for (const char* part : {"Usage: ternsim ", "Simulate and compare:", "  simulate ", "  doctor ", "Begin with:"})
    EXPECT_NE(o.out.find(part), std::string::npos) << part;
}

TEST(FirstMinute, HelpFitsEightyColumns) {
  std::vector<std::string> pages{"", "--help"};
  for (const std::string& command : commands()) pages.push_back(command + " --help");
  ASSERT_GT(pages.size(), 15U);
  for (const std::string& page : pages) {
    const Outcome o = run(page);
    EXPECT_EQ(o.code, page.empty() ? 2 : 0) << page;
    EXPECT_NE(o.out.find("Usage: ternsim"), std::string::npos) << o.out;
    // A quoted argument of an example is one word to the shell, and stays in one line.
    for (const std::string& line : lines_of(o.out))
      EXPECT_TRUE(line.size() <= 80 || line.find('"') != std::string::npos) << page << ": " << line;
  }
}

TEST(FirstMinute, ExamplesBrokenInLinesAreStillCommands) {
  const std::string help = run("verify --help").out;
  EXPECT_NE(help.find("ternsim-mismatch-edge-0123456789abcdef.txt \\\n      --wave edge.fst\n"), std::string::npos)
      << help;
}

TEST(FirstMinute, TypingErrorsNameWhatWasMeant) {
  expect_one_line(run("simulat -a nano"), 2, "unknown command 'simulat' (did you mean 'simulate'?)");
  expect_one_line(run("zzzzzzzz"), 2, "unknown command 'zzzzzzzz'; 'ternsim --help' lists them");
  expect_one_line(run("--versoin"), 2, "unknown option '--versoin' (did you mean '--version'?)");
  expect_one_line(run("simulate --modle x"), 2, "simulate: unknown option '--modle' (did you mean '--model'?)");
  expect_one_line(run("simulate --modle=x"), 2, "unknown option '--modle' (did you mean '--model'?)");
  // Of a group, and one whose right name is required.
  expect_one_line(run("verify --repaly x"), 2, "(did you mean '--replay'?)");
  expect_one_line(run("generate --promt hello"), 2, "unknown option '--promt' (did you mean '--prompt'?)");
  expect_one_line(run("generate"), 2, "--prompt is required (Text to continue)");
  expect_one_line(run("simulate nano"), 2, "simulate: unexpected argument 'nano'; 'ternsim simulate --help'");
  expect_one_line(run("simulate --batch many"), 2, "--batch");
  expect_one_line(run("chat --kv f31"), 2, "f31 not in {f32,f16,int8,int4,int3}");
}

TEST(FirstMinute, NoModelAtHand) {
  expect_one_line(run("simulate -m bitnet-b158-2b4"), 3, "(did you mean 'bitnet-b158-2b4t'?); there are: embedded, ");
  for (const char* command : {"generate -p x", "chat", "bench", "inspect", "evaluate"}) {
    expect_one_line(run(std::string(command) + " embeded"), 3, "embeded: no such file (did you mean 'embedded'?)");
    expect_one_line(run(std::string(command) + " qqqq"), 3, "qqqq: no such file; a model with weights is 'embedded', ");
    expect_one_line(run(std::string(command) + " bitnet-b158-2b4t"), 3,
                    "'ternsim synthesize bitnet-b158-2b4t FILE.gguf'");
  }
}

TEST(FirstMinute, VersionSaysWhatItWasBuiltFrom) {
  const Outcome o = run("--version");
  EXPECT_EQ(o.code, 0);
  const std::vector<std::string> lines = lines_of(o.out);
  ASSERT_EQ(lines.size(), 7U) << o.out;
  EXPECT_TRUE(std::regex_match(lines[0], std::regex(R"(ternsim [0-9]+\.[0-9]+\.[0-9]+)"))) << lines[0];
  EXPECT_TRUE(std::regex_match(lines[1], std::regex("  commit +([0-9a-f]{12}([+]changes)?|unknown: .*)"))) << lines[1];
#ifdef __clang__
  const std::string compiler = "Clang " + std::to_string(__clang_major__) + ".";
#else
  const std::string compiler = "GNU " + std::to_string(__GNUC__) + ".";
#endif
  EXPECT_NE(lines[2].find(compiler), std::string::npos) << "one compiler made tests and program: " << lines[2];
  EXPECT_TRUE(std::regex_match(lines[4], std::regex(R"(  SystemC +[0-9]+\.[0-9]+.*)"))) << lines[4];
  EXPECT_TRUE(std::regex_match(lines[5], std::regex(R"(  Verilator +[0-9]+\.[0-9]+.*)"))) << lines[5];
  EXPECT_NE(lines[6].find("scalar"), std::string::npos);
}

TEST(FirstMinute, DoctorTellsWhatThisProcessMayUse) {
  const json all = doctor();
  for (const char* name : {"instruction_sets", "processors", "memory", "huge_pages", "speed", "tools", "data"})
    EXPECT_FALSE(value(child(all, name), "meaning").get<std::string>().empty()) << name;
  EXPECT_GT(value(child(all, "speed"), "read_bandwidth").get<double>(), 1e6);
  EXPECT_GT(value(child(all, "memory"), "available").get<double>(), 1e6);
  EXPECT_EQ(value(child(all, "data"), "missing"), "none");
  EXPECT_EQ(value(child(all, "data"), "folder"), TERNSIM_SOURCE_DIR);

  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &before) && CPU_COUNT(&one) == 0) CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(value(child(doctor(), "processors"), "usable_threads"), 1);
  sched_setaffinity(0, sizeof before, &before);
}

TEST(FirstMinute, DoctorFindsWhatIsWrongAndEndsWell) {
  setenv("TERNSIM_ISA", "scalar", 1);
  EXPECT_EQ(value(child(doctor(), "instruction_sets"), "taken"), "scalar");
  setenv("TERNSIM_ISA", "mmx", 1);
  EXPECT_NE(value(child(doctor(), "instruction_sets"), "meaning").get<std::string>().find("unknown instruction set"),
            std::string::npos);
  unsetenv("TERNSIM_ISA");
  setenv("TERNSIM_DATA_DIR", "/nonexistent", 1);
  EXPECT_NE(value(child(doctor(), "data"), "meaning").get<std::string>().find("/nonexistent: no configs/ there"),
            std::string::npos);
  setenv("PATH", "/nonexistent", 1);
  EXPECT_EQ(value(child(doctor(), "tools"), "yosys").get<std::string>().find("not found"), 0U);
  const Outcome text = run("doctor");
  EXPECT_EQ(text.code, 0) << text.out;
  for (const std::string& line : lines_of(text.out)) EXPECT_LE(line.size(), 80U) << line;
}

/// What bash offers for the last of the words.
std::string completed(const std::string& words) {
  const std::string script = "source <(" TERNSIM_BINARY " completion bash); COMP_WORDS=(" + words +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _ternsim; echo \"${COMPREPLY[*]}\"";
  FILE* pipe = popen(("bash -c '" + script + "' 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  std::string out;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
  pclose(pipe);
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

TEST(FirstMinute, BashCompletes) {
  EXPECT_EQ(completed("ternsim simul"), "simulate");
  EXPECT_EQ(completed("ternsim simulate --accelera"), "--accelerator");
  EXPECT_EQ(completed("ternsim simulate --corner m"), "mid");
  EXPECT_EQ(completed("ternsim simulate -m bitnet-b158-2b"), "bitnet-b158-2b4t");
  EXPECT_EQ(completed("ternsim simulate --workload ch"), "chat");
  EXPECT_EQ(completed("ternsim verify --repl"), "--replay");
  EXPECT_EQ(completed("ternsim completion f"), "fish");
  // A flag takes no value: options again. A file's name is left to the shell.
  EXPECT_EQ(completed("ternsim simulate --check --accelera"), "--accelerator");
  EXPECT_EQ(completed("ternsim simulate --trace x"), "");
  EXPECT_EQ(completed("ternsim x"), "");
}

TEST(FirstMinute, OtherShellsGetEveryCommandAndOption) {
  for (const char* shell : {"zsh", "fish"}) {
    const Outcome o = run(std::string("completion ") + shell);
    EXPECT_EQ(o.code, 0);
    for (const std::string& name : commands()) EXPECT_NE(o.out.find(name), std::string::npos) << shell << " " << name;
    for (const char* word : {"replay", "accelerator", "edge-lpddr5x"})
      EXPECT_NE(o.out.find(word), std::string::npos) << shell << " " << word;
  }
  expect_one_line(run("completion tcsh"), 2, "tcsh not in {bash,zsh,fish}");
}

}  // namespace
}  // namespace ternsim
