// The terminal report, and the cleaning of untrusted text that it rests on.
#include "reports/text_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "reports/clean_text.h"
#include "reports_sample_tree.h"

namespace ternsim::reports {
namespace {

const std::string replaced = "\xEF\xBF\xBD";

TEST(ReportsCleanText, KeepsWellFormedSequencesOfEveryLength) {
  for (const std::string text : {"plain", "\xC2\xA0", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF",
                                 "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(valid_utf8(text), text);
}

TEST(ReportsCleanText, ReplacesEachByteOfAnIllFormedSequence) {
  EXPECT_EQ(valid_utf8("a\x80z"), "a" + replaced + "z");                                 // lone continuation
  EXPECT_EQ(valid_utf8("\xC0\xAF"), replaced + replaced);                                // overlong '/'
  EXPECT_EQ(valid_utf8("\xE0\x9F\xBF"), replaced + replaced + replaced);                 // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), replaced + replaced + replaced);                 // surrogate
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), replaced + replaced + replaced + replaced);  // above U+10FFFF
  EXPECT_EQ(valid_utf8("\xE2\x82"), replaced + replaced);                                // cut off
  EXPECT_EQ(valid_utf8("\xE2\x82("), replaced + replaced + "(");
}

TEST(ReportsCleanText, TerminalsGetNoControlCharacters) {
  EXPECT_EQ(printable_text("\x1b[31mred\a\r\n\tkept"), replaced + "[31mred" + replaced + replaced + "\n\tkept");
  EXPECT_EQ(printable_text("\xC2\x9B"
                           "31m\x7F"),
            replaced + "31m" + replaced);  // C1 CSI, DEL
}

TEST(ReportsText, SmallTreeIsExactlyThisText) {
  StatisticNode root{"results", "ternsim results", {}, {}};
  root.add("note", "", Quantity::Text, std::string("two\nlines\n"));
  root.add_child("decode", "Decode")
      .add("tokens", "", Quantity::Count, std::uint64_t{12'345})
      .add("joules_per_token", "", Quantity::JoulesPerToken, 7.8e-3, Tier::Assumed)
      .add("source", "", Quantity::Text, std::string("a paper"), Tier::Published);
  EXPECT_EQ(text_report(root),
            "ternsim results [results]\n"
            "    note:\n"
            "      | two\n"
            "      | lines\n"
            "  Decode [decode]\n"
            "      tokens                  12,345  exact\n"
            "      joules_per_token  7.8 mJ/token  assumed\n"
            "      source            a paper  published\n");
}

TEST(ReportsText, LongTextIsCutAndSaysSo) {
  StatisticNode root{"results", "", {}, {}};
  root.add("yaml", "", Quantity::Text, std::string("one two three\nb\nc\nd\n"));
  EXPECT_EQ(text_report(root, {.lines = 2, .columns = 8}),
            "results\n"
            "    yaml:\n"
            "      | one two…\n"
            "      | b\n"
            "      | … 2 more lines\n");
  StatisticNode wide{"results", "", {}, {}};
  wide.add("text", "", Quantity::Text, std::string("ééééé"));
  EXPECT_EQ(text_report(wide, {.lines = 1, .columns = 5}), "results\n    text  ééééé\n");
  EXPECT_EQ(text_report(wide, {.lines = 1, .columns = 4}), "results\n    text  ééé…\n");
}

TEST(ReportsText, HostileTextReachesNoTerminalRaw) {
  const std::string report = text_report(sample_tree());
  EXPECT_EQ(report.find('\x1b'), std::string::npos);
  EXPECT_NE(report.find("96.4 token/s"), std::string::npos);
}

}  // namespace
}  // namespace ternsim::reports
