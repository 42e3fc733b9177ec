// A tabular node as a terminal's table, character by character.
#include "reports/table_text.h"

#include <gtest/gtest.h>

#include <string>

namespace ternsim::reports {
namespace {

TEST(TableText, AlignsNumbersAndKeepsUnitsInHeadings) {
  StatisticNode table{"t", "T", {}, {}, true};
  table.add_child("fast", "fast")
      .add("rate", "", Quantity::TokensPerSecond, 1234.0)
      .add("joules", "", Quantity::JoulesPerToken, 0.002)
      .add("how_well", "", Quantity::Text, "assumed");
  table.add_child("slow one", "slow one").add("rate", "", Quantity::TokensPerSecond, 5.5);
  EXPECT_EQ(table_text(table),
            "              rate         how\n"
            "           token/s joules  well\n"
            "  fast        1234   2 mJ  assumed\n"
            "  slow one     5.5      -  -\n");
}

TEST(TableText, WrapsALastColumnOfTexts) {
  StatisticNode table{"t", "T", {}, {}, true};
  std::string reason;
  for (int i = 0; i < 30; ++i) reason += "because ";
  table.add_child("machine", "").add("reason", "", Quantity::Text, reason);
  const std::string text = table_text(table);
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 100U);
    if (lines > 1) {
      EXPECT_EQ(text.substr(at, 12), "           b") << text;  // below the first line's text
    }
    at = end + 1;
  }
  EXPECT_EQ(lines, 4U) << text;
}

TEST(TableText, ANodeWithoutRowsIsNothing) { EXPECT_EQ(table_text({"t", "T", {}, {}, true}), ""); }

}  // namespace
}  // namespace ternsim::reports
