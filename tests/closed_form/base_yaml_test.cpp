#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <span>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim {
namespace {

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no InputError";
}

TEST(Yaml, ReadsEveryType) {
  YamlMap m = YamlMap::parse("a: 3\nb: 1.5e9\nc: true\nd: word\ne: {f: 7}\ng: [x, y]\n", "t.yaml");
  EXPECT_EQ(m.integer("a", 0, 10), 3);
  EXPECT_EQ(m.number("b", 0, 1e10), 1.5e9);
  EXPECT_TRUE(m.boolean("c"));
  EXPECT_EQ(m.choice("d", {"other", "word"}), 1U);
  EXPECT_EQ(m.map("e").integer("f", 0, 10), 7);
  EXPECT_EQ(m.texts("g"), (std::vector<std::string>{"x", "y"}));
  EXPECT_NO_THROW(m.finish());
}

TEST(Yaml, WhatAFileHoldsDoesNotReachATerminalAsControlBytes) {
  EXPECT_EQ(message_of([] { YamlMap::parse("\"a\\nb\": 1\n", "t.yaml").finish(); }),
            "t.yaml:1: a\\x0ab: unknown key; accepted here: ");
  EXPECT_EQ(message_of([] { YamlMap::parse("a: \"\\e[31m\"\n", "t.yaml").integer("a", 0, 1); }),
            "t.yaml:1: a: expected a whole number, found '\\x1b[31m'");
  EXPECT_EQ(message_of([] { YamlMap::parse("\"a\\e\": 1\n\"a\\e\": 2\n", "t.yaml"); }),
            "t.yaml:2: key 'a\\x1b' stands twice in one map");
  const std::string quoted(1, '\0');
  EXPECT_EQ(message_of([&] { YamlMap::parse("a: \"\\" + quoted + "\"\n", "t.yaml"); }),
            "t.yaml:1: not valid YAML: unknown escape character: \\x00");
}

TEST(Yaml, UnknownKeyNamesLineKeyAndNearest) {
  YamlMap m = YamlMap::parse("lanes: 4\n\nrowz: 3\n", "t.yaml");
  m.integer("lanes", 1, 10);
  m.has("rows");
  EXPECT_EQ(message_of([&] { m.finish(); }),
            "t.yaml:3: rowz: unknown key (did you mean 'rows'?); accepted here: lanes, rows");
}

TEST(Yaml, ErrorsNameTheirPlace) {
  YamlMap m = YamlMap::parse("a: x\nb: {c: 99}\nn: .nan\n", "t.yaml");
  EXPECT_EQ(message_of([&] { m.integer("a", 0, 1); }), "t.yaml:1: a: expected a whole number, found 'x'");
  EXPECT_EQ(message_of([&] { m.map("b").integer("c", 0, 9); }), "t.yaml:2: b.c: 99 is outside of 0 ... 9");
  EXPECT_EQ(message_of([&] { m.integer("z", 0, 1); }), "t.yaml:1: z: this key is required and missing");
  EXPECT_EQ(message_of([] { YamlMap::parse("lanse: 4\nx: 1\n", "t.yaml").integer("lanes", 0, 9); }),
            "t.yaml:1: lanes: this key is required and missing; the nearest key here is 'lanse'");
  EXPECT_EQ(message_of([&] { m.number("n", 0, 1); }), "t.yaml:3: n: expected a finite number, found '.nan'");
  EXPECT_EQ(message_of([&] { m.boolean("a"); }), "t.yaml:1: a: expected true or false, found 'x'");
  EXPECT_EQ(message_of([&] {
              m.choice("a", {"xx", "y"});
            }),
            "t.yaml:1: a: 'x' is not one of xx, y; did you mean 'xx'?");
  EXPECT_EQ(message_of([&] { m.map("a"); }), "t.yaml:1: a: expected a map of keys and values");
}

TEST(Yaml, RefusesWhatYamlCppLetsThrough) {
  EXPECT_EQ(message_of([] { YamlMap::parse("a: 1\na: 2\n", "t"); }), "t:2: key 'a' stands twice in one map");
  EXPECT_NE(message_of([] { YamlMap::parse("a: [", "t"); }).find("not valid YAML"), std::string::npos);
  EXPECT_EQ(message_of([] { YamlMap::parse("- 1\n", "t"); }), "t:1: expected a map of keys and values");
  EXPECT_EQ(message_of([] { YamlMap::load("/nowhere/x.yaml"); }), "/nowhere/x.yaml: no such file");
}

TEST(Yaml, APlusMayStandInFrontOfANumberButNotOfASign) {
  YamlMap map = YamlMap::parse("a: +5\nb: +-5\nc: ++5\nd: +\ne: -5\nf: +-0.5\n", "t");
  EXPECT_EQ(map.integer("a", 0, 9), 5);
  EXPECT_EQ(map.integer("e", -9, 9), -5);
  for (const char* key : {"b", "c", "d"}) {
    EXPECT_NE(message_of([&] { map.integer(key, -9, 9); }).find("expected a whole number"), std::string::npos) << key;
    EXPECT_NE(message_of([&] { map.number(key, -9, 9); }).find("expected a finite number"), std::string::npos) << key;
  }
  EXPECT_NE(message_of([&] { map.number("f", -9, 9); }).find("found '+-0.5'"), std::string::npos);
}

// Each alias doubles the tree: 2^20 leaves from a few hundred bytes.
TEST(Yaml, RefusesAnAliasBomb) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 20; ++i)
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  const std::string message = message_of([&] { YamlMap::parse(text, "t"); });
  EXPECT_TRUE(message.find("nested deeper") != std::string::npos ||
              message.find("more than 100000") != std::string::npos)
      << message;
}

TEST(NearestName, FindsTypingErrorsOnly) {
  EXPECT_EQ(nearest_name("edge-lpddr5", {"edge-lpddr5x", "server"}), "edge-lpddr5x");
  EXPECT_EQ(nearest_name("zzz", {"edge", "server"}), "");
}

TEST(Yaml, OverridesTakeThePlaceOfValues) {
  const std::string text = "clock: 1\nunit: {rows: 4, lanes: 8}\n";
  const std::array<YamlOverride, 3> overrides{
      {{"unit.rows", "16", "--set"}, {"unit.lanes", "", "--set"}, {"unit.slots", "2", "--set"}}};
  YamlMap m = YamlMap::parse(text, "t.yaml", overrides);
  EXPECT_EQ(m.integer("clock", 0, 9), 1);
  YamlMap unit = m.map("unit");
  EXPECT_EQ(unit.integer("rows", 0, 99), 16);
  EXPECT_FALSE(unit.has("lanes"));
  EXPECT_EQ(unit.integer("slots", 0, 99), 2);
  EXPECT_NO_THROW(unit.finish());
  EXPECT_NO_THROW(m.finish());
  EXPECT_EQ(overrides_text(overrides), " with unit.rows 16, unit.lanes left out, unit.slots 2");
  EXPECT_NE(m.source().find("unit.rows: 16"), std::string::npos);
}

TEST(Yaml, WrongOverridesNameWhereTheyWereGiven) {
  const auto read = [](const YamlOverride& o) {
    return message_of([&] {
      YamlMap m = YamlMap::parse("unit: {rows: 4}\n", "t.yaml", std::span(&o, 1));
      YamlMap unit = m.map("unit");
      unit.integer("rows", 1, 99);
      unit.finish();
      m.finish();
    });
  };
  EXPECT_EQ(read({"unit.rows", "x", "--set"}), "--set: unit.rows: expected a whole number, found 'x'");
  EXPECT_EQ(read({"unit.rows", "100", "s.yaml:3"}), "s.yaml:3: unit.rows: 100 is outside of 1 ... 99");
  EXPECT_EQ(read({"unit.rowz", "1", "--set"}),
            "--set: unit.rowz: unknown key (did you mean 'rows'?); accepted here: rows");
  EXPECT_EQ(read({"unit.rowz", "", "--set"}),
            "--set: unit.rowz: unknown key (did you mean 'rows'?); accepted here: rows");
  EXPECT_EQ(read({"clocks", "1", "--set"}).substr(0, 27), "--set: clocks: unknown key;");
  EXPECT_EQ(read({"unti.rows", "1", "--set"}),
            "--set: unti.rows: no section 'unti' in t.yaml (did you mean 'unit'?); sections there: unit");
  EXPECT_EQ(read({"unit.rows.deep", "1", "--set"}).substr(0, 40), "--set: unit.rows.deep: no section 'rows'");
  EXPECT_EQ(read({"unit.", "1", "--set"}), "--set: 'unit.': a key such as matrix_unit.rows expected");
}

}  // namespace
}  // namespace ternsim
