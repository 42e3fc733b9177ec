#include "sweep/evaluator.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/child_processes.h"
#include "base/error.h"

namespace ternsim::sweep {

using nlohmann::json;

namespace {

/// In the child: the point as one line of JSON.
std::string simulate(const Designs& designs, const Settings& settings) {
  const auto start = std::chrono::steady_clock::now();
  json out;
  try {
    const Metrics metrics = designs.simulate(settings);
    json values = json::array();
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      if (metrics[i] && !std::isfinite(*metrics[i]))
        throw RequestError(fmt::format("{} is {}", kMetrics[i].name, *metrics[i]));
      values.push_back(metrics[i] ? json(*metrics[i]) : json());
    }
    out["metrics"] = std::move(values);
  } catch (const std::bad_alloc&) {
    out["error"] = "out of memory";
  } catch (const std::exception& e) {
    out["error"] = e.what();
  }
  out["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out.dump(-1, ' ', true, json::error_handler_t::replace);
}

Point point_of(std::string canonical, const ChildResult& result) {
  Point point{std::move(canonical), result.failure, {}, 0};
  if (!point.error.empty()) return point;
  const json out = json::parse(result.output, nullptr, false);
  if (!out.is_object()) {  // the child died while it wrote
    point.error = "ended without a result";
    return point;
  }
  point.wall_seconds = out.at("seconds").get<double>();
  if (out.contains("error")) {
    point.error = out.at("error").get<std::string>();
    return point;
  }
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (const json& value = out.at("metrics").at(i); !value.is_null()) point.metrics[i] = value.get<double>();
  return point;
}

}  // namespace

bool Evaluator::wants(const std::string& canonical) const {
  const Point* point = store_.find(canonical);
  return point == nullptr || (options_.retry_failed && !point->ok());
}

void Evaluator::keep(Point point, const std::function<void()>& progress) {
  ++computed_;
  if (!point.ok()) ++failed_;
  store_.add(point);
  progress();
}

void Evaluator::run(const std::function<std::optional<Settings>()>& next, const std::function<void()>& progress) {
  struct Item {
    Settings settings;
    std::string canonical;
  };
  std::map<std::size_t, Item> items;  // under way
  std::set<std::string> taken;        // in this call, so that nothing is tried again and again
  std::size_t number = 0;
  const auto take = [&]() -> std::optional<std::size_t> {
    while (std::optional<Settings> settings = next()) {
      std::string canonical = canonical_text(*settings);
      if (!wants(canonical) || !taken.insert(canonical).second) continue;
      try {
        designs_.load_shared(*settings);
      } catch (const Error& e) {
        keep({std::move(canonical), e.what(), {}, 0}, progress);
        continue;
      }
      items.emplace(number, Item{std::move(*settings), std::move(canonical)});
      return number++;
    }
    return std::nullopt;
  };
  run_in_children(
      options_.processes, options_.timeout_seconds, take,
      [&](std::size_t item) { return simulate(designs_, items.at(item).settings); },
      [&](std::size_t item, const ChildResult& result) {
        auto node = items.extract(item);
        keep(point_of(std::move(node.mapped().canonical), result), progress);
      });
}

}  // namespace ternsim::sweep
