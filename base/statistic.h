#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ternsim {

/// What a statistic measures. SI inside: seconds, joules, square metres, bytes; writers convert for people.
enum class Quantity {
  Count,
  Cycles,
  Bytes,
  BytesPerSecond,
  Seconds,
  Hertz,
  Joules,
  Watts,
  SquareMetres,
  Ratio,
  TokensPerSecond,
  JoulesPerToken,
  BitsPerByte,
  Text,
  JoulesPerBit,
  WattsPerSquareMetre,
  SquareMetresPerBit,
  MacsPerSecond
};

/// The symbol written beside a value of this quantity, for instance "J/token".
std::string_view unit_of(Quantity quantity);

/// How well a number is supported; the weakest tier among a figure's inputs is the figure's own. Weaker tiers come
/// later. Measured is wall time on the machine that ran: no model stands behind it, but another run differs.
enum class Tier { Exact, Measured, Simulated, Published, Synthesised, Derived, Assumed };
std::string_view name_of(Tier tier);
/// The weaker (less supported) of two tiers.
Tier weaker(Tier a, Tier b);

/// One reported figure.
struct Statistic {
  std::string name;         ///< snake_case, unique within its node
  std::string description;  ///< a full sentence: exact condition or formula
  Quantity quantity = Quantity::Count;
  std::variant<double, std::uint64_t, std::string> value;
  Tier tier = Tier::Exact;
};

/// A node of the results tree. Every report is a walk over this tree; no writer computes anything.
struct StatisticNode {
  std::string name;
  std::string title;  ///< for people
  std::vector<Statistic> statistics;
  std::vector<StatisticNode> children;
  /// The children have the same statistics, or some of them: a report for people may show each as a row.
  bool tabular = false;

  /// Appends a statistic and returns this node, so that calls chain.
  StatisticNode& add(std::string stat_name, std::string description, Quantity quantity,
                     std::variant<double, std::uint64_t, std::string> value, Tier tier = Tier::Exact);
  /// Appends a child and returns it. The reference is invalidated by the next add_child on the same node.
  StatisticNode& add_child(std::string child_name, std::string child_title);
  /// The child or statistic of that name, or nullptr.
  const StatisticNode* find_child(std::string_view child_name) const;
  const Statistic* find(std::string_view stat_name) const;
};

}  // namespace ternsim
