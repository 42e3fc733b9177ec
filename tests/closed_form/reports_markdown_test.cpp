#include "reports/markdown_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.h"

namespace ternsim::reports {
namespace {

StatisticNode sample() {
  StatisticNode root{"root", "Title", {}, {}};
  root.add("what_it_is", "Text.", Quantity::Text, "a | b <script>\nnext")
      .add("energy", "Joules.", Quantity::Joules, 0.0278, Tier::Derived);
  StatisticNode& table = root.add_child("table", "Rows");
  table.tabular = true;
  table.add_child("first_row", "")
      .add("published", "P.", Quantity::Ratio, 71.4, Tier::Published)
      .add("ours", "O.", Quantity::Ratio, 2.0, Tier::Simulated);
  table.add_child("second_row", "")
      .add("published", "P.", Quantity::Ratio, 3.0, Tier::Published)
      .add("ours", "O.", Quantity::Ratio, 4.0, Tier::Assumed)
      .add("note", "N.", Quantity::Text, "only here");
  return root;
}

TEST(MarkdownReport, IsThisDocument) {
  EXPECT_EQ(markdown_report(sample(), "a test"),
            "<!-- Written by a test: change what it reads, not this file. -->\n"
            "\n"
            "# Title\n"
            "\n"
            "- **what it is**: a \\| b \\<script> next\n"
            "- **energy**: 27.8 mJ (derived)\n"
            "\n"
            "## Rows\n"
            "\n"
            "| | published | ours | note |\n"
            "|---|---|---|---|\n"
            "| first_row | 71.4 | 2 (simulated) | - |\n"
            "| second_row | 3 | 4 (assumed) | only here |\n");
}

TEST(MarkdownReport, RefusesATreeThatIsNotWellFormed) {
  StatisticNode root = sample();
  root.add("bad", "Not a number.", Quantity::Ratio, std::nan(""));
  EXPECT_THROW(markdown_report(root, "a test"), MismatchError);
}

}  // namespace
}  // namespace ternsim::reports
