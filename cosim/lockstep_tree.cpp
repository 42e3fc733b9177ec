#include "cosim/lockstep_tree.h"

#include <fmt/format.h>

#include "cosim/product.h"

namespace ternsim::cosim {

namespace {

const char* title_of(Body body) {
  switch (body) {
    case Body::Cpu:
      return "CPU kernels";
    case Body::SystemC:
      return "SystemC matrix unit";
    case Body::Unit:
      return "RTL matrix unit";
    case Body::Engine:
      break;
  }
  return "RTL engine";
}

}  // namespace

std::string matched_line(const LockstepFigures& figures) {
  return fmt::format("matched {} vectors, {} tiles, {} cycles", figures.vectors, figures.tiles,
                     figures.compared_cycles());
}

std::string simulated_line(const LockstepFigures& figures) {
  return fmt::format("simulated {} cycles in all, those of disturbed products included", figures.simulated_cycles());
}

StatisticNode lockstep_node(const LockstepFigures& figures, const sim::EngineGeometry& geometry,
                            const std::optional<Mismatch>& mismatch) {
  const auto count = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  StatisticNode node{"verification", "Verification", {}, {}};
  node.add("rtl_config", "RTL configuration that was compared.", Quantity::Text, geometry.unit.name)
      .add("parameters", "Its parameters.", Quantity::Text, describe(geometry))
      .add("products", "Products on which all bodies and the plain sums agreed.", Quantity::Count, figures.products)
      .add("vectors", "Of these products: sums of one row tile for one token.", Quantity::Count, figures.vectors)
      .add("disturbed_vectors", "Of these vectors: with random gaps at the inputs and back-pressure at the results.",
           Quantity::Count, figures.disturbed_vectors)
      .add("tiles", "One row tile for as many tokens as the unit has slots.", Quantity::Count, figures.tiles)
      .add("undisturbed_products", "Products without disturbance, whose cycles were compared.", Quantity::Count,
           figures.undisturbed)
      .add("compared_cycles", "Clock cycles of the RTL unit and the RTL engine in these, each compared.",
           Quantity::Cycles, figures.compared_cycles())
      .add("simulated_cycles", "Clock cycles of both in all products, disturbed ones included.", Quantity::Cycles,
           figures.simulated_cycles())
      .add("smallest_columns", "Columns (K) of the shortest row.", Quantity::Count, count(figures.smallest_cols))
      .add("largest_columns", "Columns (K) of the longest row.", Quantity::Count, count(figures.largest_cols))
      .add("identical", "Whether all bodies computed the same bits in the cycles that they should take.",
           Quantity::Text, mismatch ? "NOT identical: " + mismatch->what : matched_line(figures));
  for (const Body body : kAllBodies) {
    const BodyFigures& of = figures.of(body);
    StatisticNode& child = node.add_child(std::string(name_of(body)), title_of(body));
    child.add("lane_adds", "Weight-activation pairs summed, counted by the body.", Quantity::Count, of.lane_adds);
    if (body == Body::Cpu) continue;  // has no modelled clock
    child
        .add("cycles", "Clock cycles, gaps and back-pressure included; of the engine those in which it was busy.",
             Quantity::Cycles, of.cycles)
        .add("compared_cycles", "Those of undisturbed products, each compared.", Quantity::Cycles, of.compared_cycles);
  }
  return node;
}

StatisticNode speed_node(const LockstepFigures& figures) {
  StatisticNode node{"speed", "Speed", {}, {}, true};
  for (const Body body : kAllBodies) {
    const BodyFigures& of = figures.of(body);
    StatisticNode& child = node.add_child(std::string(name_of(body)), title_of(body));
    const double seconds = of.seconds > 0 ? of.seconds : 1;
    child.add("seconds", "Wall time within this body on this machine.", Quantity::Seconds, of.seconds, Tier::Measured)
        .add("lane_adds_per_second", "Weight-activation pairs summed per second of that.", Quantity::MacsPerSecond,
             static_cast<double>(of.lane_adds) / seconds, Tier::Measured);
    if (body != Body::Cpu)
      child.add("cycles_per_second", "Clock cycles simulated per second of that.", Quantity::Hertz,
                static_cast<double>(of.cycles) / seconds, Tier::Measured);
  }
  return node;
}

}  // namespace ternsim::cosim
