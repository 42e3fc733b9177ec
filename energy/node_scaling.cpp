#include "energy/node_scaling.h"

#include <fmt/format.h>

#include "base/error.h"
#include "energy/interpolation.h"

namespace ternsim::energy {

namespace {

bool same_everywhere(const Constant& a, const Constant& b) {
  return a.low == b.low && a.mid == b.mid && a.high == b.high;
}

std::string written_as(const Constant& c) {
  const double si = find_unit(c.unit, c.dimension)->si;
  std::string text = fmt::format("{:.4g} {}", c.mid / si, c.unit);
  if (c.low < c.high) text += fmt::format(" ({:.4g} ... {:.4g})", c.low / si, c.high / si);
  return text;
}

}  // namespace

std::vector<Constant> constants_between(const Technology& first, const Technology& second, int node_nm) {
  std::vector<Constant> constants;
  for (const Constant& a : first.constants()) {
    const Constant& b = second.constant(a.name);
    if (same_everywhere(a, b)) {
      constants.push_back(a);
      continue;
    }
    if (a.name.starts_with("dram_"))
      throw RequestError(
          fmt::format("{} is {} in '{}' and {} in '{}': DRAM does not follow the node of the logic, so both "
                      "must say the same",
                      a.name, a.written, first.name(), b.written, second.name()));
    const auto at = [&](double Constant::*end) {
      return power_between(node_nm, {static_cast<double>(first.node_nm()), a.*end},
                           {static_cast<double>(second.node_nm()), b.*end});
    };
    Constant c = a;
    c.low = at(&Constant::low);
    c.mid = at(&Constant::mid);
    c.high = at(&Constant::high);
    c.written = written_as(c);
    c.tier = weaker(Tier::Derived, weaker(a.tier, b.tier));
    c.source = fmt::format("Power law of the node between {} at {} nm ({}) and {} at {} nm ({})", a.written,
                           first.node_nm(), a.source, b.written, second.node_nm(), b.source);
    c.comment = fmt::format("At {} nm, between the technologies '{}' and '{}'; a straight line in the logarithms.",
                            node_nm, first.name(), second.name());
    constants.push_back(std::move(c));
  }
  return constants;
}

}  // namespace ternsim::energy
