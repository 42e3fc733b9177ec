#include "energy/technology.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/yaml.h"
#include "energy/node_scaling.h"

namespace ternsim::energy {

namespace {

constexpr std::array<Tier, 4> kFileTiers{Tier::Published, Tier::Synthesised, Tier::Derived, Tier::Assumed};

/// A text that says something: "source: ''" or "source: ?" is as good as none.
std::string required_text(YamlMap& entry, std::string_view key, std::string_view name) {
  if (!entry.has(key)) entry.fail(key, fmt::format("constant '{}' has no {}; every constant must say it", name, key));
  std::string text = entry.text(key);
  if (std::ranges::count_if(text, [](unsigned char c) { return (c | 32U) >= 'a' && (c | 32U) <= 'z'; }) < 3)
    entry.fail(key, fmt::format("constant '{}' needs a {} in words, found '{}'", name, key, text));
  return text;
}

Tier required_tier(YamlMap& entry, std::string_view name) {
  if (!entry.has("tier"))
    entry.fail("tier", fmt::format("constant '{}' has no tier; every constant must say it", name));
  return kFileTiers.at(entry.choice(
      "tier", {name_of(Tier::Published), name_of(Tier::Synthesised), name_of(Tier::Derived), name_of(Tier::Assumed)}));
}

Constant read_constant(YamlMap& constants, const ConstantSpec& spec) {
  if (!constants.has(spec.name))
    constants.fail(spec.name, fmt::format("this constant is missing; it is needed by: {}", spec.needed_by));
  YamlMap entry = constants.map(spec.name);
  Constant constant;
  constant.name = spec.name;
  constant.dimension = spec.dimension;
  constant.source = required_text(entry, "source", spec.name);
  constant.comment = required_text(entry, "comment", spec.name);
  constant.tier = required_tier(entry, spec.name);
  constant.unit = entry.text("unit");
  const Unit* unit = find_unit(constant.unit, spec.dimension);
  if (unit == nullptr)
    entry.fail("unit", fmt::format("'{}' is no unit of '{}'; accepted: {}", constant.unit, spec.name,
                                   accepted_units(spec.dimension)));
  const double min = spec.min / unit->si;
  const double max = spec.max / unit->si;
  const double value = entry.number("value", min, max);
  constant.low = constant.mid = constant.high = value * unit->si;
  constant.written = fmt::format("{:g} {}", value, constant.unit);
  const bool has_low = entry.has("low");
  if (has_low != entry.has("high")) entry.fail(has_low ? "low" : "high", "low and high stand together or not at all");
  if (has_low) {
    const double low = entry.number("low", min, max);
    const double high = entry.number("high", min, max);
    if (low > value || value > high)
      entry.fail("low", fmt::format("expected low <= value <= high, found {:g}, {:g}, {:g}", low, value, high));
    constant.low = low * unit->si;
    constant.high = high * unit->si;
    constant.written += fmt::format(" ({:g} ... {:g})", low, high);
  }
  entry.finish();
  return constant;
}

/// Interpolation between two points that fall makes larger things cheaper, and extrapolation negative.
void check_rising(const YamlMap& constants, const Technology& technology) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPairs{{
      {"int8_add", "int32_add"},
      {"int8_mul", "int32_mul"},
      {"sram_read_8kib", "sram_read_32kib"},
      {"sram_read_32kib", "sram_read_1mib"},
      {"area_int8_add", "area_int32_add"},
      {"area_int8_mul", "area_int32_mul"},
  }};
  for (const auto& [small, large] : kPairs) {
    const Constant& first = technology.constant(small);
    const Constant& second = technology.constant(large);
    if (first.low > second.low || first.mid > second.mid || first.high > second.high)
      constants.fail(large, fmt::format("{} is less than {} of the smaller '{}'; they are interpolated and must rise",
                                        second.written, first.written, small));
  }
}

}  // namespace

std::string_view name_of(Corner corner) {
  static constexpr std::array<std::string_view, 3> names{"low", "mid", "high"};
  return names.at(static_cast<std::size_t>(corner));
}

double Constant::at(Corner corner) const { return corner == Corner::Low ? low : corner == Corner::High ? high : mid; }

const Constant& Technology::constant(std::string_view name) const {
  const auto it = std::ranges::find(constants_, name, &Constant::name);
  if (it == constants_.end())
    throw RequestError(fmt::format("technology '{}' has no constant '{}'", name_, std::string(name)));
  return *it;
}

Technology Technology::pinned(std::string_view name, Corner corner) const {
  Technology other = *this;
  Constant& c = other.constants_[static_cast<std::size_t>(&constant(name) - constants_.data())];
  c.low = c.mid = c.high = c.at(corner);
  return other;
}

Technology Technology::load(const std::filesystem::path& path) {
  YamlMap root = YamlMap::load(path);
  return read(root, path.parent_path());
}

Technology Technology::parse(const std::string& text, const std::string& origin) {
  YamlMap root = YamlMap::parse(text, origin);
  return read(root, std::filesystem::path(origin).parent_path());
}

Technology Technology::read(YamlMap& root, const std::filesystem::path& folder) {
  Technology technology;
  technology.name_ = root.text("name");
  technology.description_ = root.text("description");
  if (root.has("between")) {
    technology.read_between(root, folder);
    root.finish();
    return technology;
  }
  technology.node_nm_ = static_cast<int>(root.integer("node_nm", 1, 250));
  YamlMap constants = root.map("constants");
  for (const ConstantSpec& spec : constant_specs()) technology.constants_.push_back(read_constant(constants, spec));
  constants.finish();
  root.finish();
  check_rising(constants, technology);
  return technology;
}

void Technology::read_between(YamlMap& root, const std::filesystem::path& folder) {
  const std::vector<std::string> names = root.texts("between");
  if (names.size() != 2)
    root.fail("between", fmt::format("expected two names of technologies in this folder, found {}", names.size()));
  const auto end = [&](const std::string& name) {
    if (name.find('/') != std::string::npos) root.fail("between", fmt::format("'{}' is a path, not a name", name));
    YamlMap map = root.load_for("between", folder / (name + ".yaml"));
    if (map.has("between")) root.fail("between", fmt::format("'{}' has no constants of its own", name));
    return read(map, folder);
  };
  const Technology first = end(names[0]);
  const Technology second = end(names[1]);
  const int low = std::min(first.node_nm(), second.node_nm());
  const int high = std::max(first.node_nm(), second.node_nm());
  if (low == high) root.fail("between", fmt::format("'{}' and '{}' are both at {} nm", names[0], names[1], low));
  node_nm_ = static_cast<int>(root.integer("node_nm", low, high));
  try {
    constants_ = constants_between(first, second, node_nm_);
  } catch (const RequestError& error) {
    root.fail("between", error.what());
  }
}

}  // namespace ternsim::energy
