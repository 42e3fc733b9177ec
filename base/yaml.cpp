#include "base/yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/one_line.h"

namespace ternsim {

namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr int kMaxDepth = 16;

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// yaml-cpp keeps the last of two equal keys silently, and an alias can expand without bound: refuse both.
void check_tree(const YAML::Node& node, const std::string& origin, int depth, std::size_t& budget) {
  const int line = node.Mark().line + 1;
  if (depth > kMaxDepth) throw InputError(fmt::format("{}:{}: nested deeper than {} levels", origin, line, kMaxDepth));
  if (budget-- == 0) throw InputError(fmt::format("{}:{}: more than 100000 nodes", origin, line));
  if (node.IsMap()) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar())
        throw InputError(fmt::format("{}:{}: a key must be a plain word", origin, entry.first.Mark().line + 1));
      if (!seen.insert(entry.first.Scalar()).second)
        throw InputError(one_line(fmt::format("{}:{}: key '{}' stands twice in one map", origin,
                                              entry.first.Mark().line + 1, entry.first.Scalar())));
      check_tree(entry.second, origin, depth + 1, budget);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node) check_tree(item, origin, depth + 1, budget);
  }
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  int best_distance = std::max<int>(2, static_cast<int>(word.size()) / 3) + 1;
  for (const std::string& candidate : candidates) {
    const int distance = edit_distance(word, candidate);
    const bool shares = distance < static_cast<int>(std::max(word.size(), candidate.size()));
    if (shares && distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

struct YamlMap::Impl {
  YAML::Node node;
  std::string origin;
  std::string source;
  std::string path;  // dotted path of this map inside the file, for messages
  std::shared_ptr<const std::map<std::string, std::string>> overridden;  // of the whole file: path to origin
  std::set<std::string> asked;                                           // keys that the reader knows, present or not
};

YamlMap::YamlMap(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::string overrides_text(std::span<const YamlOverride> overrides) {
  std::string text;
  for (const YamlOverride& o : overrides)
    text += fmt::format("{}{} {}", text.empty() ? " with " : ", ", o.path, o.value.empty() ? "left out" : o.value);
  return text;
}

namespace {

void apply(const YAML::Node& root, const std::string& file, const YamlOverride& o) {
  YAML::Node section = root;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = o.path.find('.', begin)) != std::string::npos; begin = dot + 1) {
    const std::string name = o.path.substr(begin, dot - begin);
    std::vector<std::string> sections;
    for (const auto& entry : section)
      if (entry.second.IsMap()) sections.push_back(entry.first.Scalar());
    if (std::ranges::find(sections, name) == sections.end()) {
      const std::string near = nearest_name(name, sections);
      throw InputError(one_line(fmt::format("{}: {}: no section '{}' in {}{}; sections there: {}", o.origin, o.path,
                                            name, file, near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                            fmt::join(sections, ", "))));
    }
    section.reset(section[name]);
  }
  const std::string key = o.path.substr(begin);
  if (key.empty())
    throw InputError(one_line(fmt::format("{}: '{}': a key such as matrix_unit.rows expected", o.origin, o.path)));
  if (o.value.empty())
    section.remove(key);
  else
    section[key] = YAML::Node(o.value);
}

}  // namespace

YamlMap YamlMap::load(const std::filesystem::path& path, std::span<const YamlOverride> overrides) {
  std::error_code ec;
  const auto status = std::filesystem::status(path, ec);
  if (ec || !std::filesystem::exists(status)) throw InputError(fmt::format("{}: no such file", path.string()));
  if (!std::filesystem::is_regular_file(status)) throw InputError(fmt::format("{}: not a file", path.string()));
  if (std::filesystem::file_size(path, ec) > kMaxFileBytes)
    throw InputError(fmt::format("{}: larger than 1 MiB, which no configuration is", path.string()));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: cannot be read", path.string()));
  std::ostringstream text;
  text << in.rdbuf();
  return parse(text.str(), path.string(), overrides);
}

YamlMap YamlMap::parse(const std::string& text, const std::string& origin, std::span<const YamlOverride> overrides) {
  auto impl = std::make_shared<Impl>();
  impl->origin = origin;
  impl->source = text;
  try {
    impl->node = YAML::Load(text);
  } catch (const YAML::Exception& e) {
    throw InputError(one_line(fmt::format("{}:{}: not valid YAML: {}", origin, e.mark.line + 1, e.msg)));
  }
  if (!impl->node.IsMap()) throw InputError(fmt::format("{}:1: expected a map of keys and values", origin));
  std::size_t budget = 100000;
  check_tree(impl->node, origin, 0, budget);
  auto overridden = std::make_shared<std::map<std::string, std::string>>();
  for (const YamlOverride& o : overrides) {
    apply(impl->node, origin, o);
    (*overridden)[o.path] = o.origin;
    impl->source += fmt::format("# in place of the above: {}: {}\n", o.path, o.value.empty() ? "left out" : o.value);
  }
  impl->overridden = std::move(overridden);
  return YamlMap(std::move(impl));
}

bool YamlMap::has(std::string_view key) const {
  impl_->asked.insert(std::string(key));
  return static_cast<bool>(impl_->node[std::string(key)]);
}

bool YamlMap::is_null(std::string_view key) const { return has(key) && impl_->node[std::string(key)].IsNull(); }

bool YamlMap::is_list(std::string_view key) const { return has(key) && impl_->node[std::string(key)].IsSequence(); }
bool YamlMap::is_map(std::string_view key) const { return has(key) && impl_->node[std::string(key)].IsMap(); }

std::string YamlMap::where(std::string_view key) const {
  const auto given = impl_->overridden->find(fmt::format("{}{}", impl_->path, key));
  if (given != impl_->overridden->end()) return given->second;
  const YAML::Node value = impl_->node[std::string(key)];
  return fmt::format("{}:{}", impl_->origin, (value ? value.Mark().line : impl_->node.Mark().line) + 1);
}

void YamlMap::fail(std::string_view key, const std::string& message) const {
  throw InputError(one_line(fmt::format("{}: {}{}: {}", where(key), impl_->path, key, message)));
}

std::string YamlMap::origin() const { return impl_->origin; }
const std::string& YamlMap::source() const { return impl_->source; }

namespace {

template <typename T>
bool parse_number(const std::string& word, T& out) {
  const char* begin = word.data();
  const char* end = begin + word.size();
  // from_chars takes a minus but no plus; a plus in front of a minus is no number.
  if (end - begin > 1 && begin[0] == '+' && begin[1] != '-') ++begin;
  const auto [ptr, ec] = std::from_chars(begin, end, out);
  return ec == std::errc() && ptr == end;
}

}  // namespace

void YamlMap::fail_missing(std::string_view key, std::string_view what) const {
  std::vector<std::string> unread;
  for (const std::string& name : keys())
    if (!impl_->asked.contains(name)) unread.push_back(name);
  const std::string near = nearest_name(key, unread);
  fail(key, fmt::format("this {} is required and missing{}", what,
                        near.empty() ? "" : fmt::format("; the nearest key here is '{}'", near)));
}

std::string YamlMap::text(std::string_view key) {
  if (!has(key)) fail_missing(key, "key");
  const YAML::Node value = impl_->node[std::string(key)];
  if (!value.IsScalar()) fail(key, "expected a plain value");
  return value.Scalar();
}

std::int64_t YamlMap::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const std::string word = text(key);
  std::int64_t value = 0;
  if (!parse_number(word, value)) fail(key, fmt::format("expected a whole number, found '{}'", word));
  if (value < min || value > max) fail(key, fmt::format("{} is outside of {} ... {}", value, min, max));
  return value;
}

double YamlMap::number(std::string_view key, double min, double max) {
  const std::string word = text(key);
  double value = 0;
  if (!parse_number(word, value) || !std::isfinite(value))
    fail(key, fmt::format("expected a finite number, found '{}'", word));
  if (value < min || value > max) fail(key, fmt::format("{} is outside of {} ... {}", value, min, max));
  return value;
}

bool YamlMap::boolean(std::string_view key) {
  const std::string word = text(key);
  if (word == "true") return true;
  if (word != "false") fail(key, fmt::format("expected true or false, found '{}'", word));
  return false;
}

std::size_t YamlMap::choice(std::string_view key, std::initializer_list<std::string_view> accepted) {
  const std::string word = text(key);
  const auto it = std::ranges::find(accepted, word);
  if (it == accepted.end()) {
    const std::string near = nearest_name(word, {accepted.begin(), accepted.end()});
    fail(key, fmt::format("'{}' is not one of {}{}", word, fmt::join(accepted, ", "),
                          near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  return static_cast<std::size_t>(it - accepted.begin());
}

YamlMap YamlMap::map(std::string_view key) {
  if (!has(key)) fail_missing(key, "section");
  auto impl = std::make_shared<Impl>();
  impl->node = impl_->node[std::string(key)];
  if (!impl->node.IsMap()) fail(key, "expected a map of keys and values");
  impl->origin = impl_->origin;
  impl->path = fmt::format("{}{}.", impl_->path, key);
  impl->overridden = impl_->overridden;
  return YamlMap(std::move(impl));
}

std::vector<YamlMap> YamlMap::maps(std::string_view key) {
  if (!has(key)) fail_missing(key, "list");
  const YAML::Node list = impl_->node[std::string(key)];
  if (!list.IsSequence()) fail(key, "expected a list");
  std::vector<YamlMap> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].IsMap()) fail(key, fmt::format("item {} is not a map", i + 1));
    auto impl = std::make_shared<Impl>();
    impl->node = list[i];
    impl->origin = impl_->origin;
    impl->path = fmt::format("{}{}[{}].", impl_->path, key, i);
    impl->overridden = impl_->overridden;
    out.push_back(YamlMap(std::move(impl)));
  }
  return out;
}

std::vector<std::string> YamlMap::texts(std::string_view key) {
  if (!has(key)) fail_missing(key, "list");
  const YAML::Node list = impl_->node[std::string(key)];
  if (!list.IsSequence()) fail(key, "expected a list");
  std::vector<std::string> out;
  for (const auto& item : list) {
    if (!item.IsScalar()) fail(key, "expected a list of plain values");
    out.push_back(item.Scalar());
  }
  return out;
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> out;
  for (const auto& entry : impl_->node) out.push_back(entry.first.Scalar());
  return out;
}

YamlMap YamlMap::load_for(std::string_view key, const std::filesystem::path& path) const {
  try {
    return load(path);
  } catch (const InputError& e) {
    fail(key, e.what());
  }
}

void YamlMap::finish() const {
  const auto refuse = [&](const std::string& place, const std::string& key) {
    const std::string near = nearest_name(key, {impl_->asked.begin(), impl_->asked.end()});
    throw InputError(one_line(fmt::format("{}: {}{}: unknown key{}; accepted here: {}", place, impl_->path, key,
                                          near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                          fmt::join(impl_->asked, ", "))));
  };
  // Also one that was left out: a key that nobody knows is a typing error there as well.
  for (const auto& [path, place] : *impl_->overridden) {
    if (!path.starts_with(impl_->path)) continue;
    const std::string key = path.substr(impl_->path.size());
    if (key.find('.') == std::string::npos && !impl_->asked.contains(key)) refuse(place, key);
  }
  for (const auto& entry : impl_->node)
    if (const std::string& key = entry.first.Scalar(); !impl_->asked.contains(key))
      refuse(fmt::format("{}:{}", impl_->origin, entry.first.Mark().line + 1), key);
}

}  // namespace ternsim
