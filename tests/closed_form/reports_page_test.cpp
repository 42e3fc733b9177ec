// The HTML page as a file, and the writing of all files. What its scripts build is checked in a browser by
// reports/web/check_page.mjs.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "base/error.h"
#include "reports/csv_writer.h"
#include "reports/html_writer.h"
#include "reports/json_writer.h"
#include "reports/report.h"
#include "reports/web_assets.h"
#include "reports_sample_tree.h"

namespace ternsim::reports {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t occurrences(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

std::string embedded_json(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"results\">";
  const std::size_t start = page.find(open) + open.size();
  return page.substr(start, page.find("</script>", start) - start);
}

/// An empty directory that goes away with the test.
class ReportsPage : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = std::filesystem::path(testing::TempDir()) / (std::string("ternsim_") + test->name());
    std::filesystem::remove_all(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(ReportsPage, LoadsNothingFromAnywhere) {
  const std::string page = html_report(sample_tree());
  // Markup of ours: the page without the chart library and the licences, whose texts hold addresses.
  std::string ours = page;
  const std::size_t library = ours.find(web::echarts);
  ASSERT_NE(library, std::string::npos);
  ours.erase(library, web::echarts.size());
  const std::size_t licences = ours.find("<pre class=\"listing\">");
  ASSERT_NE(licences, std::string::npos);
  ours.erase(licences, ours.find("</pre>", licences) - licences);
  EXPECT_EQ(ours.find("http://"), std::string::npos);
  EXPECT_EQ(ours.find("https://"), std::string::npos);
  EXPECT_EQ(ours.find("<link"), std::string::npos);
  EXPECT_EQ(ours.find("@import"), std::string::npos);
  EXPECT_EQ(ours.find("url("), std::string::npos);
  EXPECT_FALSE(std::regex_search(ours, std::regex(R"(<(script|img|iframe|source|object)[^>]*\ssrc=)")));
  EXPECT_NE(page.find("default-src 'none'; script-src 'nonce-"), std::string::npos);
}

TEST_F(ReportsPage, HostileTextAddsNoElement) {
  StatisticNode calm{"results", "Results", {}, {}};
  calm.add_child("generation", "Generation").add("text", "Text.", Quantity::Text, std::string("calm"));
  StatisticNode hostile{"results", hostile_text, {}, {}};
  hostile.add_child("generation", hostile_text).add("text", hostile_text, Quantity::Text, std::string(hostile_text));
  const std::string page = html_report(hostile);
  for (const std::string_view markup : {"<script", "</script", "<img", "<!--"})
    EXPECT_EQ(occurrences(page, markup), occurrences(html_report(calm), markup)) << markup;
  // "{{echarts}}" within the text is text: the library stands in the page once.
  EXPECT_EQ(occurrences(page, "Licensed to the Apache Software Foundation"),
            occurrences(html_report(calm), "Licensed to the Apache Software Foundation"));
  const auto json = nlohmann::json::parse(embedded_json(page));
  EXPECT_NE(json["results"]["children"][0]["statistics"][0]["value"].get<std::string>().find("</script><script>"),
            std::string::npos);
}

TEST_F(ReportsPage, ScriptsRunByANonceThatTheTextCannotKnow) {
  const std::string page = html_report(sample_tree());
  std::smatch found;
  ASSERT_TRUE(std::regex_search(page, found, std::regex("'nonce-([0-9a-f]{16})'")));
  EXPECT_EQ(occurrences(page, "<script nonce=\"" + found[1].str() + "\">"), 2u);
  EXPECT_EQ(embedded_json(page).find(found[1].str()), std::string::npos);
}

TEST_F(ReportsPage, EmbedsEveryValueOfTheTree) {
  const auto page = nlohmann::json::parse(embedded_json(html_report(sample_tree())));
  const auto file = nlohmann::json::parse(json_report(sample_tree()));
  const auto strip = [](auto&& self, nlohmann::json& node) -> void {
    for (auto& statistic : node["statistics"]) statistic.erase("shown");
    for (auto& child : node["children"]) self(self, child);
  };
  nlohmann::json without_shown = page;
  strip(strip, without_shown["results"]);
  EXPECT_EQ(without_shown, file);
}

TEST_F(ReportsPage, KeepsTheLicencesOfTheChartLibrary) {
  const std::string page = html_report(sample_tree());
  for (const char* notice :
       {"Apache ECharts", "The Apache Software Foundation", "Apache License", "Baidu Inc.", "Mike Bostock"})
    EXPECT_NE(page.find(notice), std::string::npos) << notice;
}

TEST_F(ReportsPage, EmbeddedScriptsAreTheSourceFilesAndFitInAScriptElement) {
  const std::filesystem::path web_directory = std::filesystem::path(TERNSIM_SOURCE_DIR) / "reports" / "web";
  const std::string scripts =
      std::string(web::scripts) + std::string(web::sweep_scripts) + std::string(web::compare_scripts);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(web_directory)) {
    if (entry.path().extension() != ".js") continue;
    ++files;
    EXPECT_NE(scripts.find(contents(entry.path())), std::string::npos) << entry.path();
  }
  EXPECT_GE(files, 7u);
  for (const std::string_view text : {web::scripts, web::sweep_scripts, web::compare_scripts, web::echarts}) {
    EXPECT_EQ(text.find("</script"), std::string_view::npos);
    EXPECT_EQ(text.find("<!--"), std::string_view::npos);
  }
  // Text goes in as text nodes only.
  for (const char* sink : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
    EXPECT_EQ(scripts.find(sink), std::string::npos) << sink;
}

TEST_F(ReportsPage, WritesThreeFilesAndLeavesNoTemporary) {
  const StatisticNode tree = sample_tree();
  const ReportFiles files = write_report(tree, directory_ / "deep" / "er");
  EXPECT_EQ(contents(files.html), html_report(tree));
  EXPECT_EQ(contents(files.json), json_report(tree));
  EXPECT_EQ(contents(files.csv), csv_report(tree));
  write_report(tree, directory_ / "deep" / "er");  // over the first report
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "deep" / "er"))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"report.html", "results.csv", "results.json"}));
}

TEST_F(ReportsPage, AFileThatCannotBeWrittenIsNamed) {
  std::filesystem::create_directories(directory_);
  std::ofstream(directory_ / "taken") << "a file, not a directory";
  try {
    write_report(sample_tree(), directory_ / "taken");
    FAIL() << "wrote into a file";
  } catch (const RequestError& error) {
    EXPECT_NE(std::string(error.what()).find("taken"), std::string::npos) << error.what();
  }
  std::filesystem::create_directories(directory_ / "blocked" / "results.csv");
  EXPECT_THROW(write_report(sample_tree(), directory_ / "blocked"), RequestError);
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "blocked"))
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
}

TEST_F(ReportsPage, AMalformedTreeWritesNothing) {
  StatisticNode tree = sample_tree();
  tree.add("broken", "Not a number.", Quantity::Ratio, std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(write_report(tree, directory_), MismatchError);
  EXPECT_FALSE(std::filesystem::exists(directory_));
}

}  // namespace
}  // namespace ternsim::reports
