#include "sweep/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <span>
#include <thread>

#include "base/error.h"
#include "base/hash.h"

namespace ternsim::sweep {

namespace fs = std::filesystem;

namespace {

constexpr int kApplication = 0x54535750;  // "TSWP"
constexpr int kSchema = 2;

/// The tables, as SQLite repeats them; a file whose tables read otherwise is none of ours.
const std::map<std::string, std::string>& tables() {
  static const std::map<std::string, std::string> kTables = [] {
    std::string metrics;
    for (const Metric& metric : kMetrics) metrics += fmt::format(", {} REAL", metric.name);
    return std::map<std::string, std::string>{
        {"meta", "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"},
        {"inputs", "CREATE TABLE inputs (name TEXT PRIMARY KEY, digest TEXT NOT NULL)"},
        {"sweeps", "CREATE TABLE sweeps (number INTEGER PRIMARY KEY, origin TEXT NOT NULL, yaml TEXT NOT NULL)"},
        {"points",
         fmt::format("CREATE TABLE points (key TEXT PRIMARY KEY, settings TEXT NOT NULL, status TEXT NOT NULL "
                     "CHECK (status IN ('ok', 'failed')), error TEXT NOT NULL{}, wall_seconds REAL NOT NULL, "
                     "checksum TEXT NOT NULL)",
                     metrics)}};
  }();
  return kTables;
}

std::string checksum_of(const Point& point) {
  std::string row = fmt::format("{}\n{}\n{}", point.settings, point.error, point.wall_seconds);
  for (const std::optional<double>& value : point.metrics) row += value ? fmt::format("\n{}", *value) : "\n-";
  Hash hash;
  hash.update(std::span(row));
  return hash.hex();
}

}  // namespace

/// One writer at a time. The lock is of the kind that SQLite's own locks do not know, and goes with the process.
class Store::Lock {
 public:
  explicit Lock(const fs::path& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_ < 0) throw InputError(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
    // Children of a sweep that was killed hold it for a moment longer.
    constexpr int kTries = 50;
    for (int i = 0; flock(fd_, LOCK_EX | LOCK_NB) != 0; ++i) {
      if (i == kTries) {
        close(fd_);
        throw InputError(
            fmt::format("{}: another sweep writes to it; wait, or write to another file and merge", path.string()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  ~Lock() { close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

Store::Store(const fs::path& path, Database::Mode mode) : path_(path) {
  std::error_code ec;
  const fs::file_status status = fs::status(path, ec);
  if (mode == Database::Mode::ReadOnly && !fs::exists(status))
    throw InputError(fmt::format("{}: no such file; 'ternsim sweep' writes one", path.string()));
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw InputError(fmt::format("{}: not a file", path.string()));
  if (mode == Database::Mode::ReadWrite) lock_ = std::make_unique<Lock>(path);
  database_ = std::make_unique<Database>(path, mode);
}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

Store Store::open(const fs::path& path, const std::string& version) {
  Store store(path, Database::Mode::ReadWrite);
  // Also after a kill between the file's creation and its tables: nothing is lost then.
  if (store.database_->integer("SELECT count(*) FROM sqlite_master") == 0 &&
      store.database_->integer("PRAGMA application_id") == 0)
    store.create(version);
  store.check();
  if (store.version_ != version)
    store.database_->fail(fmt::format("its points are of ternsim {}, this is {}; give another file to write to",
                                      store.version_, version));
  store.database_->execute("PRAGMA journal_mode = WAL");
  store.database_->execute("PRAGMA synchronous = NORMAL");
  store.load();
  return store;
}

Store Store::read(const fs::path& path) {
  Store store(path, Database::Mode::ReadOnly);
  store.check();
  store.load();
  return store;
}

void Store::create(const std::string& version) {
  Transaction transaction(*database_);
  for (const auto& [name, sql] : tables()) database_->execute(sql);
  Statement(*database_, "INSERT INTO meta VALUES ('version', ?)").bind(1, version).step();
  database_->execute(fmt::format("PRAGMA application_id = {}", kApplication));
  database_->execute(fmt::format("PRAGMA user_version = {}", kSchema));
  transaction.commit();
}

void Store::check() {
  if (database_->integer("PRAGMA application_id") != kApplication)
    database_->fail("an SQLite file, but no store of sweeps; it is left as it is: give another file to write to");
  if (const std::int64_t schema = database_->integer("PRAGMA user_version"); schema != kSchema)
    database_->fail(
        fmt::format("its tables are of version {}, this ternsim writes version {}; give another file to "
                    "write to",
                    schema, kSchema));
  if (const std::string verdict = database_->text("PRAGMA integrity_check(1)"); verdict != "ok")
    database_->fail_damaged(verdict);
  for (const auto& [name, sql] : tables()) {
    Statement statement(*database_, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?");
    statement.bind(1, name);
    if (!statement.step() || statement.text(0) != sql) database_->fail_damaged(fmt::format("no table '{}'", name));
  }
  version_ = database_->text("SELECT value FROM meta WHERE name = 'version'");
}

void Store::load() {
  std::string metrics;
  for (const Metric& metric : kMetrics) metrics += fmt::format(", {}", metric.name);
  Statement rows(*database_, fmt::format("SELECT key, settings, error, wall_seconds, checksum{} FROM points", metrics));
  while (rows.step()) {
    Point point{rows.text(1), rows.text(2), {}, rows.number(3).value_or(0)};
    for (std::size_t i = 0; i < kMetricCount; ++i) point.metrics[i] = rows.number(5 + static_cast<int>(i));
    if (rows.text(0) != key_of(point.settings) || rows.text(4) != checksum_of(point))
      database_->fail_damaged(fmt::format("point '{}' does not have its checksum", rows.text(0)));
    std::string settings = point.settings;
    points_.emplace(std::move(settings), std::move(point));
  }
}

void Store::claim_inputs(const std::map<std::string, std::string>& digests) {
  const std::map<std::string, std::string> known = inputs();
  for (const auto& [name, digest] : digests)
    if (const auto before = known.find(name); before != known.end() && before->second != digest)
      database_->fail(
          fmt::format("its points were computed from another {}; give another file to write to, or bring "
                      "that one back",
                      name));
  Transaction transaction(*database_);
  for (const auto& [name, digest] : digests)
    Statement(*database_, "INSERT OR IGNORE INTO inputs VALUES (?, ?)").bind(1, name).bind(2, digest).step();
  transaction.commit();
}

void Store::add_sweep(const std::string& origin, const std::string& yaml) {
  Transaction transaction(*database_);
  Statement(*database_, "DELETE FROM sweeps WHERE yaml = ?").bind(1, yaml).step();
  Statement(*database_, "INSERT INTO sweeps (origin, yaml) VALUES (?, ?)").bind(1, origin).bind(2, yaml).step();
  transaction.commit();
}

void Store::insert(const Point& point) {
  std::string places = "?, ?, ?, ?, ?, ?";
  for (std::size_t i = 0; i < kMetricCount; ++i) places += ", ?";
  Statement row(*database_, fmt::format("INSERT OR REPLACE INTO points VALUES ({})", places));
  row.bind(1, key_of(point.settings)).bind(2, point.settings).bind(3, std::string(point.ok() ? "ok" : "failed"));
  row.bind(4, point.error);
  int column = 5;
  for (const std::optional<double>& value : point.metrics) row.bind(column++, value);
  row.bind(column, std::optional(point.wall_seconds)).bind(column + 1, checksum_of(point));
  row.step();
}

void Store::add(const Point& point) {
  const Point* before = find(point.settings);
  if (before != nullptr && (before->ok() || !point.ok())) return;
  insert(point);
  points_.insert_or_assign(point.settings, point);
}

std::size_t Store::merge(const Store& other) {
  if (other.version_ != version_)
    database_->fail(
        fmt::format("its points are of ternsim {}, those of {} of {}", version_, other.path_.string(), other.version_));
  const std::map<std::string, std::string> known = inputs();
  for (const auto& [name, digest] : other.inputs())
    if (const auto before = known.find(name); before != known.end() && before->second != digest)
      database_->fail(
          fmt::format("its points were computed from another {} than those of {}", name, other.path_.string()));
  for (const auto& [settings, point] : other.points_)
    if (const Point* before = find(settings);
        before != nullptr && before->ok() && point.ok() && before->metrics != point.metrics)
      throw MismatchError(fmt::format("{} and {} have different figures for the design {}", path_.string(),
                                      other.path_.string(), settings));
  Transaction transaction(*database_);
  for (const auto& [name, digest] : other.inputs())
    Statement(*database_, "INSERT OR IGNORE INTO inputs VALUES (?, ?)").bind(1, name).bind(2, digest).step();
  Statement sweeps(*other.database_, "SELECT origin, yaml FROM sweeps ORDER BY number");
  while (sweeps.step())
    Statement(*database_, "INSERT INTO sweeps (origin, yaml) SELECT ?1, ?2 WHERE ?2 NOT IN (SELECT yaml FROM sweeps)")
        .bind(1, sweeps.text(0))
        .bind(2, sweeps.text(1))
        .step();
  std::size_t added = 0;
  std::vector<const Point*> taken;
  for (const Point* point : other.points()) {
    const Point* before = find(point->settings);
    if (before != nullptr && (before->ok() || !point->ok())) continue;
    if (before == nullptr) ++added;
    insert(*point);
    taken.push_back(point);
  }
  transaction.commit();
  for (const Point* point : taken) points_.insert_or_assign(point->settings, *point);
  return added;
}

const Point* Store::find(const std::string& settings) const {
  const auto found = points_.find(settings);
  return found == points_.end() ? nullptr : &found->second;
}

std::vector<const Point*> Store::points() const {
  std::vector<const Point*> all;
  for (const auto& [settings, point] : points_) all.push_back(&point);
  std::ranges::sort(all, {}, &Point::settings);
  return all;
}

std::optional<Store::SweepText> Store::last_sweep() const {
  Statement row(*database_, "SELECT origin, yaml FROM sweeps ORDER BY number DESC LIMIT 1");
  if (!row.step()) return std::nullopt;
  return SweepText{row.text(0), row.text(1)};
}

std::map<std::string, std::string> Store::inputs() const {
  std::map<std::string, std::string> all;
  Statement rows(*database_, "SELECT name, digest FROM inputs");
  while (rows.step()) all[rows.text(0)] = rows.text(1);
  return all;
}

}  // namespace ternsim::sweep
