#include "ternsim/results.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "api/bodies.h"
#include "api/data_paths.h"
#include "base/error.h"
#include "base/library_lock.h"
#include "reports/json_writer.h"

namespace ternsim {

namespace {

/// The statistic at a path, and where there is none what stands beside the place where it goes astray.
struct Found {
  const Statistic* statistic = nullptr;
  std::string word;
  std::vector<std::string> there;
};

Found find(const StatisticNode& root, const std::string& path) {
  const StatisticNode* node = &root;
  std::string_view rest = path;
  for (std::size_t slash; (slash = rest.find('/')) != std::string_view::npos; rest.remove_prefix(slash + 1)) {
    const std::string_view name = rest.substr(0, slash);
    const StatisticNode* child = node->find_child(name);
    if (child == nullptr) {
      Found found{nullptr, std::string(name), {}};
      for (const StatisticNode& c : node->children) found.there.push_back(c.name);
      return found;
    }
    node = child;
  }
  Found found{node->find(rest), std::string(rest), {}};
  if (found.statistic == nullptr) {
    for (const Statistic& s : node->statistics) found.there.push_back(s.name);
    for (const StatisticNode& c : node->children) found.there.push_back(c.name);
  }
  return found;
}

const Statistic& require(const StatisticNode& root, const std::string& path) {
  const Found found = find(root, path);
  if (found.statistic == nullptr)
    throw RequestError(fmt::format("{}: no such figure: there is no '{}'{}", path, found.word,
                                   api::did_you_mean(found.word, found.there)));
  return *found.statistic;
}

Figure figure_of(const Statistic& s, std::string path) {
  Figure figure{std::move(path), s.description, std::string(unit_of(s.quantity)), std::string(name_of(s.tier)), {}};
  if (const auto* text = std::get_if<std::string>(&s.value))
    figure.value = *text;
  else if (const auto* count = std::get_if<std::uint64_t>(&s.value))
    figure.value = static_cast<double>(*count);
  else
    figure.value = std::get<double>(s.value);
  return figure;
}

void add_figures(const StatisticNode& node, const std::string& prefix, std::vector<Figure>& figures) {
  for (const Statistic& s : node.statistics) figures.push_back(figure_of(s, prefix + s.name));
  for (const StatisticNode& child : node.children) add_figures(child, prefix + child.name + "/", figures);
}

}  // namespace

bool Results::has(const std::string& path) const { return find(body_->tree, path).statistic != nullptr; }

Figure Results::figure(const std::string& path) const { return figure_of(require(body_->tree, path), path); }

double Results::value(const std::string& path) const {
  const Figure found = figure(path);
  if (const auto* number = std::get_if<double>(&found.value)) return *number;
  throw RequestError(fmt::format("{}: a text, not a number", path));
}

std::string Results::text(const std::string& path) const {
  Figure found = figure(path);
  if (auto* text = std::get_if<std::string>(&found.value)) return std::move(*text);
  throw RequestError(fmt::format("{}: a number, not a text", path));
}

std::vector<Figure> Results::figures() const {
  std::vector<Figure> figures;
  add_figures(body_->tree, "", figures);
  return figures;
}

std::string Results::phase() const {
  return body_->tree.find_child("machine")->find_child("decode") != nullptr ? "decode" : "prefill";
}

Range Results::joules_per_token() const {
  const std::string stem = "machine/" + phase() + "/joules_per_token_";
  return {value(stem + "low"), value(stem + "mid"), value(stem + "high"), figure(stem + "mid").tier};
}

double Results::tokens_per_second() const { return value("machine/" + phase() + "/tokens_per_second"); }

std::int64_t Results::cycles() const { return static_cast<std::int64_t>(value("machine/" + phase() + "/cycles")); }

double Results::area_square_metres() const { return value("machine/area_m2"); }

std::vector<std::string> Results::notes() const { return body_->notes; }

double Results::wall_seconds() const { return body_->wall_seconds; }

std::string Results::json() const {
  const LibraryLock inside;
  return reports::json_report(body_->tree);
}

}  // namespace ternsim
