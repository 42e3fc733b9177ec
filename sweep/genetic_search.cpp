#include "sweep/genetic_search.h"

#include <algorithm>
#include <cmath>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <utility>

#include "sweep/front.h"
#include "sweep/metrics.h"

namespace ternsim::sweep {

namespace {

using pagmo::vector_double;

struct Context {
  const Sweep* sweep = nullptr;
  const std::function<void(const std::vector<Settings>&)>* evaluate = nullptr;
  const std::function<const Point&(const Settings&)>* find = nullptr;

  Settings design(const double* position) const {
    std::vector<std::uint64_t> choice;
    for (std::size_t i = 0; i < sweep->axes.size(); ++i)
      choice.push_back(static_cast<std::uint64_t>(std::llround(position[i])));
    return sweep->at(choice);
  }
};

/// pagmo copies problems about, and wants them default-constructible.
struct DesignProblem {
  Context context;

  vector_double fitness(const vector_double& position) const { return batch_fitness(position); }
  bool has_batch_fitness() const { return true; }
  /// Positions one behind the other, and so their costs.
  vector_double batch_fitness(const vector_double& positions) const {
    const std::size_t axes = context.sweep->axes.size();
    std::vector<Settings> designs;
    for (std::size_t at = 0; at < positions.size(); at += axes) designs.push_back(context.design(&positions[at]));
    (*context.evaluate)(designs);
    vector_double all;
    for (const Settings& design : designs)
      for (const double cost : costs_of((*context.find)(design), context.sweep->rules)) all.push_back(cost);
    return all;
  }
  vector_double::size_type get_nobj() const {
    return context.sweep == nullptr ? 2 : context.sweep->rules.objectives.size();
  }
  vector_double::size_type get_nix() const { return context.sweep == nullptr ? 1 : context.sweep->axes.size(); }
  std::pair<vector_double, vector_double> get_bounds() const {
    if (context.sweep == nullptr) return {{0}, {1}};
    std::pair<vector_double, vector_double> bounds;
    for (const Axis& axis : context.sweep->axes) {
      bounds.first.push_back(0);
      bounds.second.push_back(static_cast<double>(axis.values.size() - 1));
    }
    return bounds;
  }
};

}  // namespace

std::vector<double> costs_of(const Point& point, const FrontRules& rules) {
  constexpr double kOutside = 1e30;  // no figure in SI units comes near
  constexpr double kFailed = 1e60;
  const double beyond = violation(point, rules.constraints);
  std::vector<double> costs;
  for (const std::size_t metric : rules.objectives) {
    const std::optional<double>& value = point.metrics[metric];
    if (!value || std::isinf(beyond)) return std::vector<double>(rules.objectives.size(), kFailed);
    costs.push_back(kMetrics[metric].more_is_better ? -*value : *value);
  }
  if (beyond > 0) costs.assign(rules.objectives.size(), std::min(kOutside * (1 + beyond), kFailed));
  return costs;
}

void genetic_search(const Sweep& sweep, const std::function<void(const std::vector<Settings>&)>& evaluate,
                    const std::function<const Point&(const Settings&)>& find) {
  const auto seed = static_cast<unsigned>(sweep.seed);
  const pagmo::bfe together{pagmo::member_bfe{}};
  pagmo::population population(pagmo::problem(DesignProblem{{&sweep, &evaluate, &find}}), together,
                               static_cast<pagmo::population::size_type>(sweep.population), seed);
  // Deb's values for crossover and its spread; of mutation one axis a design, on average.
  const double mutation = 1.0 / static_cast<double>(sweep.axes.size());
  pagmo::nsga2 algorithm(static_cast<unsigned>(sweep.generations), 0.9, 20.0, mutation, 20.0, seed);
  algorithm.set_bfe(together);
  algorithm.evolve(std::move(population));
}

}  // namespace ternsim::sweep
