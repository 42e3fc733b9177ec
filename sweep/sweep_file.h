#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "sweep/settings.h"

namespace ternsim {
class YamlMap;
}

namespace ternsim::sweep {

/// One dimension of the space of designs.
struct Axis {
  std::string name;              ///< the key, or what a list of choices is called
  std::string where;             ///< "file:line"
  std::vector<Settings> values;  ///< of one key each, or of several that go together
};

enum class Method { Grid, Random, Nsga2 };

/// A bound on a metric: designs outside of it are kept, but stand on no front.
struct Constraint {
  std::size_t metric = 0;  ///< index in kMetrics
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// What a front is made of.
struct FrontRules {
  std::vector<std::size_t> objectives;  ///< indices in kMetrics
  std::vector<Constraint> constraints;
};

/// A sweep as `configs/sweeps/*.yaml` writes it out.
struct Sweep {
  std::string name;
  Settings fixed;   ///< names of files, and keys that all designs share
  Origins origins;  ///< of every key of `fixed` and of the axes
  std::vector<Axis> axes;
  Method method = Method::Grid;
  std::uint64_t seed = 0;         ///< random, nsga2
  std::uint64_t points = 0;       ///< random: designs drawn
  std::uint64_t population = 0;   ///< nsga2: designs of a generation, a multiple of 4
  std::uint64_t generations = 0;  ///< nsga2: behind the first, random one
  FrontRules rules;
  double timeout_seconds = 600;  ///< of one design's simulation
  std::string yaml;              ///< the file's text
  std::string origin;            ///< the file's path

  /// Product of the axes' lengths.
  std::uint64_t designs() const;
  /// The design at `choice[i]` of axis i.
  Settings at(const std::vector<std::uint64_t>& choice) const;
  /// Design number `index` of the grid; the last axis runs fastest.
  Settings at(std::uint64_t index) const;
};

/// Reads a sweep file strictly: form, names of metrics, no key given twice. Whether designs can be read is for
/// check_designs (sweep/design.h). Throws InputError with file, line and key.
Sweep load_sweep(const std::filesystem::path& path);
Sweep parse_sweep(const std::string& text, const std::string& origin);

}  // namespace ternsim::sweep
