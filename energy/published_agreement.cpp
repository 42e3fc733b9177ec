#include "energy/published_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/error.h"
#include "energy/analytic.h"

namespace ternsim::energy {

namespace {

const Technology& technology_of(const PublishedEntry& entry, const TechnologyByNode& technologies) {
  const auto found = technologies.find(entry.node_nm);
  if (found == technologies.end())
    throw RequestError(fmt::format("published entry '{}' is of {} nm, and no technology file of that node is there",
                                   entry.name, entry.node_nm));
  return found->second;
}

ArithmeticWork work_of(const PublishedEntry& entry) {
  return entry.gpt ? arithmetic_work_gpt(entry.shape.embedding_length, entry.shape.block_count)
                   : arithmetic_work(entry.shape);
}

ArithmeticEnergy pass_of(const PublishedEntry& entry, const PublishedTable& table, const Technology& technology) {
  const ArithmeticWork work = work_of(entry);
  if (entry.arithmetic == PublishedEntry::Arithmetic::BitNet) return bitnet_pass(work, technology, table.tokens);
  const bool half = entry.arithmetic == PublishedEntry::Arithmetic::Fp16;
  return floating_pass(work, technology, table.tokens, half ? FloatFormat::Fp16 : FloatFormat::Fp32,
                       table.adds_per_dot);
}

double rounded(double value, int decimals) {
  const double scale = std::pow(10, decimals);
  return std::round(value * scale) / scale;
}

/// Whether the entry's own explanation gives what was printed.
bool explained(const PublishedEntry& entry, const PublishedTable& table, const Technology& technology) {
  if (entry.printed_as == PublishedEntry::PrintedAs::Plainly) return false;
  const ArithmeticEnergy pass = pass_of(entry, table, technology);
  const int d = table.decimals;
  return prints_alike(rounded(pass.total(), d) - rounded(pass.multiplications, d), entry.value, d);
}

Agreement agreement_of(const ReproducedEntry& row, const PublishedTable& table, const TechnologyByNode& technologies) {
  const bool agrees = table.printed_digits ? prints_alike(row.ours, row.entry->value, table.decimals)
                                           : std::abs(row.difference()) <= table.tolerance;
  if (agrees) return Agreement::Agrees;
  return explained(*row.entry, table, technology_of(*row.entry, technologies)) ? Agreement::ExplainedDiffers
                                                                               : Agreement::Differs;
}

std::string verdict_of(const ReproducedEntry& row) {
  std::string text(name_of(row.agreement));
  if (row.agreement == Agreement::ExplainedDiffers) text += ": printed is the total less the rounded multiplications";
  return text;
}

std::string promise_of(const PublishedTable& table) {
  if (table.promised == 0) return "none";
  return fmt::format(
      "{} of {} entries {}{}", table.promised, table.entries.size(),
      table.printed_digits ? fmt::format("in all {} printed decimals", table.decimals)
                           : fmt::format("within {:.4g} %", 100 * table.tolerance),
      table.promised < table.entries.size() ? "; the others deviate in a way that is stated and checked" : "");
}

}  // namespace

double analytic_figure(const PublishedEntry& entry, const PublishedTable& table, const TechnologyByNode& technologies) {
  const Technology& technology = technology_of(entry, technologies);
  switch (table.quantity) {
    case PublishedQuantity::OperationRatio:
      return published_ratio(technology);
    case PublishedQuantity::EnergyRatio: {
      const ArithmeticWork work = work_of(entry);
      return floating_pass(work, technology, table.tokens, FloatFormat::Fp16, table.adds_per_dot).total() /
             bitnet_pass(work, technology, table.tokens).total();
    }
    case PublishedQuantity::JoulesPerPass:
      break;
  }
  const ArithmeticEnergy pass = pass_of(entry, table, technology);
  switch (entry.column) {
    case PublishedEntry::Column::Multiplications:
      return pass.multiplications;
    case PublishedEntry::Column::Additions:
      return pass.additions;
    case PublishedEntry::Column::Total:
      break;
  }
  return pass.total();
}

bool prints_alike(double a, double b, int decimals) {
  return fmt::format("{:.{}f}", a, decimals) == fmt::format("{:.{}f}", b, decimals);
}

std::string_view name_of(Agreement agreement) {
  static constexpr std::array<std::string_view, 3> names{"agrees", "deviates", "differs"};
  return names.at(static_cast<std::size_t>(agreement));
}

std::vector<ReproducedEntry> reproduce(const PublishedTable& table, const TechnologyByNode& technologies) {
  std::vector<ReproducedEntry> rows;
  for (const PublishedEntry& entry : table.entries) {
    ReproducedEntry row{&entry, analytic_figure(entry, table, technologies)};
    row.agreement = agreement_of(row, table, technologies);
    rows.push_back(row);
  }
  return rows;
}

std::size_t agreeing(const std::vector<ReproducedEntry>& rows) {
  return static_cast<std::size_t>(
      std::ranges::count(rows, Agreement::Agrees, [](const ReproducedEntry& row) { return row.agreement; }));
}

bool promise_kept(const PublishedTable& table, const std::vector<ReproducedEntry>& rows) {
  if (table.promised == 0) return true;
  const bool unexplained =
      std::ranges::any_of(rows, [](const ReproducedEntry& row) { return row.agreement == Agreement::Differs; });
  return agreeing(rows) >= table.promised && !unexplained;
}

StatisticNode reproduced_node(const PublishedTable& table, const std::vector<ReproducedEntry>& rows) {
  const bool joules = table.quantity == PublishedQuantity::JoulesPerPass;
  const Quantity quantity = joules ? Quantity::Joules : Quantity::Ratio;
  StatisticNode node{table.name, table.title, {}, {}};
  node.add("source", "Where the printed figures come from.", Quantity::Text, table.source, Tier::Published)
      .add("per", "What each figure is the figure of.", Quantity::Text, table.per)
      .add("contains", "What the figures count and what they leave out.", Quantity::Text, table.contains)
      .add("promise", "What the exit status stands for.", Quantity::Text, promise_of(table));
  StatisticNode& entries = node.add_child("entries", "Published and computed");
  entries.tabular = true;
  for (const ReproducedEntry& row : rows) {
    StatisticNode& child = entries.add_child(row.entry->name, row.entry->name);
    child
        .add("published", fmt::format("As printed, for one {}.", table.per), quantity, row.entry->value,
             Tier::Published)
        .add("ours", fmt::format("By the formula, for one {}. Contains {}.", table.per, table.contains), quantity,
             row.ours, Tier::Derived);
    if (table.printed_digits)
      child.add("ours_as_printed", fmt::format("Rounded to the {} printed decimals.", table.decimals), Quantity::Text,
                fmt::format("{:.{}f}", row.ours, table.decimals));
    child.add("difference", "ours / published - 1, unrounded.", Quantity::Ratio, row.difference(), Tier::Derived)
        .add("verdict",
             "agrees: in all printed decimals, or within the tolerance; deviates: it does not, and a checked rule says "
             "how it was printed; differs: it does not.",
             Quantity::Text, verdict_of(row));
  }
  return node;
}

}  // namespace ternsim::energy
