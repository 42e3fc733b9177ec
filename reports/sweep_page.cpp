#include "reports/sweep_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "reports/page_fill.h"
#include "reports/web_assets.h"

namespace ternsim::reports {

namespace {

using nlohmann::json;

/// No "</script>" and no comment may end the element that the data stands in.
std::string for_script(const json& data) {
  std::string out;
  for (const char c : data.dump(-1, ' ', true, json::error_handler_t::replace)) {
    if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else if (c == '&')
      out += "\\u0026";
    else
      out += c;
  }
  return out;
}

/// Names of the statistics of all points, each once: of figures, or of texts.
std::vector<std::string> names_of(const StatisticNode& points, bool figures, json& metrics) {
  std::vector<std::string> names;
  for (const StatisticNode& point : points.children)
    for (const Statistic& s : point.statistics) {
      const bool setting = s.quantity == Quantity::Text && s.name != "command" && s.name != "on_front";
      if ((figures ? s.quantity == Quantity::Text : !setting) || std::ranges::find(names, s.name) != names.end())
        continue;
      names.push_back(s.name);
      metrics.push_back({{"name", s.name}, {"description", s.description}, {"unit", unit_of(s.quantity)}});
    }
  return names;
}

json point_of(const StatisticNode& point, const std::vector<std::string>& settings,
              const std::vector<std::string>& figures) {
  json texts = json::array();
  for (const std::string& name : settings) {
    const Statistic* s = point.find(name);
    texts.push_back(s == nullptr ? "" : std::get<std::string>(s->value));
  }
  json values = json::array();
  json shown = json::array();
  for (const std::string& name : figures) {
    const Statistic* s = point.find(name);
    values.push_back(s == nullptr ? json() : json(std::get<double>(s->value)));
    shown.push_back(s == nullptr ? json() : json(for_people(*s)));
  }
  return json::array({std::move(texts), std::move(values), std::move(shown),
                      std::get<std::string>(point.find("on_front")->value) == "yes",
                      std::get<std::string>(point.find("command")->value)});
}

}  // namespace

std::string sweep_page(const StatisticNode& root) {
  const StatisticNode& sweep = *root.find_child("sweep");
  const StatisticNode& points = *root.find_child("points");
  json data{{"title", sweep.title}, {"facts", json::array()}, {"metrics", json::array()}, {"points", json::array()}};
  for (const Statistic& s : sweep.statistics) data["facts"].push_back({s.name, for_people(s)});
  json ignored = json::array();
  const std::vector<std::string> settings = names_of(points, false, ignored);
  const std::vector<std::string> figures = names_of(points, true, data["metrics"]);
  data["settings"] = settings;
  for (const StatisticNode& point : points.children) data["points"].push_back(point_of(point, settings, figures));

  return page_of({sweep.title, "the SQLite file of the sweep", for_script(data), web::sweep_scripts});
}

}  // namespace ternsim::reports
