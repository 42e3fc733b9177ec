#include "sweep/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <new>

#include "base/error.h"

namespace ternsim::sweep {

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(const std::filesystem::path& path, Mode mode) : path_(path.string()) {
  sqlite3* handle = nullptr;
  const int flags = mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path_.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (handle == nullptr) throw std::bad_alloc();
  if (code != SQLITE_OK) fail_code(code);
  constexpr int kPatienceMs = 10'000;  // someone else may be reading
  sqlite3_busy_timeout(handle, kPatienceMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
}

void Database::fail(const std::string& what) const { throw InputError(fmt::format("{}: {}", path_, what)); }

void Database::fail_damaged(const std::string& what) const {
  fail(
      fmt::format("damaged: {}. It is left as it is: give another file to write to, or save what can be read with "
                  "'sqlite3 FILE .recover'",
                  what));
}

void Database::fail_code(int code) const {
  const char* message = sqlite3_errmsg(handle_.get());
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      fail("no SQLite file, or a damaged one; it is left as it is: give another file to write to");
    case SQLITE_CORRUPT:
      fail_damaged(message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail("another program holds it; try again when that has ended");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      fail(fmt::format("cannot be opened: {}", message));
    case SQLITE_FULL:
      fail("the disk is full; all points so far are kept");
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    default:
      fail(message);
  }
}

void Database::execute(const std::string& sql) {
  if (const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
    fail_code(code);
}

std::int64_t Database::integer(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? static_cast<std::int64_t>(statement.number(0).value_or(0)) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.text(0) : "";
}

Statement::Statement(const Database& database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) database.fail_code(code);
}

Statement& Statement::bind(int index, const std::string& value) {
  const int code =
      sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) database_.fail_code(code);
  return *this;
}

Statement& Statement::bind(int index, const std::optional<double>& value) {
  const int code =
      value ? sqlite3_bind_double(statement_.get(), index, *value) : sqlite3_bind_null(statement_.get(), index);
  if (code != SQLITE_OK) database_.fail_code(code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail_code(code);
  return code == SQLITE_ROW;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

std::optional<double> Statement::number(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace ternsim::sweep
