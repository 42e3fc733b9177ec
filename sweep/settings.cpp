#include "sweep/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

#include "base/error.h"
#include "base/hash.h"

namespace ternsim::sweep {

bool names_file(std::string_view key) { return std::ranges::find(kFileKeys, key) != std::end(kFileKeys); }

FileOverrides overrides_of(const Settings& settings, const Origins& origins, const std::string& otherwise) {
  FileOverrides files;
  for (const auto& [key, value] : settings) {
    if (names_file(key)) continue;
    const auto found = origins.find(key);
    const std::string& origin = found == origins.end() ? otherwise : found->second;
    const auto add = [&](std::vector<YamlOverride>& overrides, std::string_view prefix) {
      overrides.push_back({key.substr(prefix.size()), value, origin});
    };
    if (key.starts_with("technology."))
      throw InputError(fmt::format("{}: {}: a technology is taken whole; name another file", origin, key));
    if (key.starts_with("workload."))
      add(files.workload, "workload.");
    else if (key.starts_with("model."))
      add(files.model, "model.");
    else
      add(files.accelerator, "");
  }
  return files;
}

std::string canonical_value(const std::string& value) {
  double number = 0;
  const char* end = value.data() + value.size();
  const auto [ptr, ec] = std::from_chars(value.data(), end, number);
  if (ec != std::errc() || ptr != end || !std::isfinite(number)) return value;
  constexpr double kWhole = 0x1p53;  // above, doubles are not all whole numbers
  if (number == std::trunc(number) && std::abs(number) < kWhole)
    return fmt::format("{}", static_cast<std::int64_t>(number));
  return fmt::format("{}", number);
}

std::string canonical_text(const Settings& settings) {
  return nlohmann::json(settings).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string key_of(const std::string& canonical) {
  Hash hash;
  hash.update(std::span(canonical));
  return hash.hex();
}

Settings parse_settings(const std::string& canonical) {
  const nlohmann::json parsed = nlohmann::json::parse(canonical, nullptr, false);
  Settings settings;
  if (parsed.is_object())
    for (const auto& [key, value] : parsed.items())
      if (value.is_string()) settings[key] = value.get<std::string>();
  if (canonical_text(settings) != canonical) throw InputError(fmt::format("'{}' is no design's settings", canonical));
  for (const std::string_view key : kFileKeys)
    if (!settings.contains(std::string(key))) throw InputError(fmt::format("'{}' names no {}", canonical, key));
  return settings;
}

namespace {

std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=+:,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string simulate_command(const Settings& settings) {
  std::string text = "ternsim simulate";
  for (const std::string_view key : kFileKeys)
    text += fmt::format(" --{} {}", key, quoted(settings.at(std::string(key))));
  for (const auto& [key, value] : settings)
    if (!names_file(key)) text += fmt::format(" --set {}", quoted(fmt::format("{}={}", key, value)));
  return text;
}

}  // namespace ternsim::sweep
