#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"

namespace ternsim::sweep {

/// One design with its work, by what differs between designs. The keys `accelerator`, `model`, `workload` and
/// `technology` hold names of files, and are always there; any other is a key inside of one of these:
/// `workload.batch`, `model.context_length`, and of the accelerator without a prefix: `matrix_unit.rows`. An empty
/// value leaves the key out.
using Settings = std::map<std::string, std::string>;
/// Where each setting was given, for messages.
using Origins = std::map<std::string, std::string>;

/// The keys of a Settings that name files.
inline constexpr std::string_view kFileKeys[] = {"accelerator", "model", "workload", "technology"};
bool names_file(std::string_view key);

/// The settings file by file.
struct FileOverrides {
  std::vector<YamlOverride> accelerator;
  std::vector<YamlOverride> model;
  std::vector<YamlOverride> workload;
};
/// A setting without an origin has `otherwise` as its. Throws InputError on a key of a technology, which have none.
FileOverrides overrides_of(const Settings& settings, const Origins& origins, const std::string& otherwise);

/// A number in the shortest spelling that reads back to the same double, whole ones without a point ("1.0e9" becomes
/// "1000000000"), so that one value has one spelling; anything else as it is.
std::string canonical_value(const std::string& value);

/// One line of JSON, keys in order: what a design is told apart by.
std::string canonical_text(const Settings& settings);
/// Sixteen hexadecimal digits of a canonical text.
std::string key_of(const std::string& canonical);
/// The settings of a canonical text. Throws InputError on any other text.
Settings parse_settings(const std::string& canonical);

/// The command line that simulates this design and nothing else.
std::string simulate_command(const Settings& settings);

}  // namespace ternsim::sweep
