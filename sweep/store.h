#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sweep/metrics.h"
#include "sweep/settings.h"
#include "sweep/sqlite.h"

namespace ternsim::sweep {

/// One design and what came of it.
struct Point {
  std::string settings;     ///< canonical text
  std::string error;        ///< empty, or why there are no figures
  Metrics metrics{};        ///< all absent where there is an error
  double wall_seconds = 0;  ///< what the simulation took

  bool ok() const { return error.empty(); }
};

/// Results of sweeps: one SQLite file in WAL mode, a point a transaction, so that a run that is killed loses the points
/// that it was working on and nothing else. docs/reference/sweeps.md has the tables.
///
/// A file that is damaged, of another program or of another version of these tables is refused and never written to;
/// so are results of other input files, or of another ternsim, than those already there. Each row carries a checksum.
/// One process at a time writes; others may read.
class Store {
 public:
  /// Opens a store to write to, creating it where there is none. Throws InputError.
  static Store open(const std::filesystem::path& path, const std::string& version);
  /// Opens a store that is there, to read. Throws InputError.
  static Store read(const std::filesystem::path& path);
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  /// Registers what points are computed from (Designs::input_digests). Throws InputError, naming it, when one has
  /// changed since points were stored.
  void claim_inputs(const std::map<std::string, std::string>& digests);
  /// Keeps a sweep's text; the last one added is `last_sweep`.
  void add_sweep(const std::string& origin, const std::string& yaml);
  /// Adds a point. One that is there already stays, unless it failed and this one did not.
  void add(const Point& point);
  /// Takes over another store's inputs, sweeps and points, all or nothing; the number of points that are new. Throws
  /// InputError on other inputs or another version, MismatchError when a design has other figures there.
  std::size_t merge(const Store& other);

  /// The point of these settings (canonical text), or nullptr.
  const Point* find(const std::string& settings) const;
  /// All points in the order of their settings.
  std::vector<const Point*> points() const;
  std::size_t size() const { return points_.size(); }

  struct SweepText {
    std::string origin;
    std::string yaml;
  };
  std::optional<SweepText> last_sweep() const;
  std::map<std::string, std::string> inputs() const;
  const std::string& version() const { return version_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  class Lock;
  Store(const std::filesystem::path& path, Database::Mode mode);
  void create(const std::string& version);
  void check();
  void load();
  void insert(const Point& point);

  std::filesystem::path path_;
  std::unique_ptr<Lock> lock_;  // outlives the connection
  std::unique_ptr<Database> database_;
  std::string version_;
  std::unordered_map<std::string, Point> points_;  // by settings
};

}  // namespace ternsim::sweep
