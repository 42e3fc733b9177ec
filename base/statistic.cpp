#include "base/statistic.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ternsim {

std::string_view unit_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::Count:
      return "";
    case Quantity::Cycles:
      return "cycles";
    case Quantity::Bytes:
      return "B";
    case Quantity::BytesPerSecond:
      return "B/s";
    case Quantity::Seconds:
      return "s";
    case Quantity::Hertz:
      return "Hz";
    case Quantity::Joules:
      return "J";
    case Quantity::Watts:
      return "W";
    case Quantity::SquareMetres:
      return "m2";
    case Quantity::Ratio:
      return "ratio";
    case Quantity::TokensPerSecond:
      return "token/s";
    case Quantity::JoulesPerToken:
      return "J/token";
    case Quantity::BitsPerByte:
      return "bit/B";
    case Quantity::Text:
      return "";
    case Quantity::JoulesPerBit:
      return "J/bit";
    case Quantity::WattsPerSquareMetre:
      return "W/m2";
    case Quantity::SquareMetresPerBit:
      return "m2/bit";
    case Quantity::MacsPerSecond:
      return "MAC/s";
  }
  return "";
}

std::string_view name_of(Tier tier) {
  static constexpr std::array<std::string_view, 7> names{"exact",       "measured", "simulated", "published",
                                                         "synthesised", "derived",  "assumed"};
  return names.at(static_cast<std::size_t>(tier));
}

Tier weaker(Tier a, Tier b) { return std::max(a, b); }

StatisticNode& StatisticNode::add(std::string stat_name, std::string description, Quantity quantity,
                                  std::variant<double, std::uint64_t, std::string> value, Tier tier) {
  statistics.push_back({std::move(stat_name), std::move(description), quantity, std::move(value), tier});
  return *this;
}

StatisticNode& StatisticNode::add_child(std::string child_name, std::string child_title) {
  children.push_back({std::move(child_name), std::move(child_title), {}, {}, false});
  return children.back();
}

const StatisticNode* StatisticNode::find_child(std::string_view child_name) const {
  const auto it = std::ranges::find(children, child_name, &StatisticNode::name);
  return it == children.end() ? nullptr : &*it;
}

const Statistic* StatisticNode::find(std::string_view stat_name) const {
  const auto it = std::ranges::find(statistics, stat_name, &Statistic::name);
  return it == statistics.end() ? nullptr : &*it;
}

}  // namespace ternsim
