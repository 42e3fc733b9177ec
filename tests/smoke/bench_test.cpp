#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace ternsim {
namespace {

struct Outcome {
  int code = -1;
  std::string out;
};

/// Standard output, or standard error where `errors`.
Outcome bench(const std::string& arguments, bool errors = false) {
  const std::string command = std::string(TERNSIM_BINARY) + " bench " + arguments +
                              (errors ? " 2>&1 >/dev/null </dev/null" : " 2>/dev/null </dev/null");
  Outcome o;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) o.out.append(buffer.data(), n);
  const int status = pclose(pipe);
  o.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return o;
}

TEST(BenchCommand, HelpHasExamples) {
  const Outcome o = bench("--help");
  EXPECT_EQ(o.code, 0);
  EXPECT_NE(o.out.find("Examples:"), std::string::npos) << o.out;
}

TEST(BenchCommand, MeasuresTheEmbeddedModel) {
  const Outcome o = bench(
      "embedded --threads 2 --prefill 8 --decode 4 --context 2 --repeat 2 --limit-memory 16 --packing base3 --json");
  ASSERT_EQ(o.code, 0) << o.out;
  const nlohmann::json report = nlohmann::json::parse(o.out, nullptr, false);
  ASSERT_FALSE(report.is_discarded()) << o.out;
  const std::string text = report.dump();
  for (const char* name : {"bandwidth_fraction", "int8_peak_fraction", "read_bandwidth", "load_seconds", "resident",
                           "tokens_per_second", "bytes_per_token", "head_share"}) {
    EXPECT_NE(text.find('"' + std::string(name) + '"'), std::string::npos) << name;
  }
  EXPECT_NE(text.find("\"base3\""), std::string::npos) << "the packing asked for is the one that ran";
}

TEST(BenchCommand, RefusalsAreOneLine) {
  const Outcome shape = bench("bitnet-b158-2b4t", true);
  EXPECT_EQ(shape.code, 3);
  EXPECT_NE(shape.out.find("ternsim synthesize"), std::string::npos) << shape.out;
  const Outcome context = bench("embedded --context 100000", true);
  EXPECT_EQ(context.code, 3);
  EXPECT_NE(context.out.find("context length"), std::string::npos) << context.out;
  EXPECT_EQ(std::count(context.out.begin(), context.out.end(), '\n'), 1) << context.out;
  EXPECT_EQ(bench("embedded --packing tl1", true).code, 2);
}

}  // namespace
}  // namespace ternsim
