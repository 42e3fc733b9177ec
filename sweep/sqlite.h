#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace ternsim::sweep {

/// A connection to an SQLite file. Every failure is thrown as InputError that names the file, what was wrong and what
/// helps.
class Database {
 public:
  enum class Mode { ReadOnly, ReadWrite };
  Database(const std::filesystem::path& path, Mode mode);

  void execute(const std::string& sql);
  std::int64_t integer(const std::string& sql);
  std::string text(const std::string& sql);
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_damaged(const std::string& what) const;
  /// Throws fitting what SQLite said last.
  [[noreturn]] void fail_code(int code) const;
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement; indices of parameters count from 1, of columns from 0.
class Statement {
 public:
  Statement(const Database& database, const std::string& sql);

  Statement& bind(int index, const std::string& value);
  Statement& bind(int index, const std::optional<double>& value);
  /// Whether there is a row.
  bool step();
  void reset();
  std::string text(int column) const;
  std::optional<double> number(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A transaction that is undone unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace ternsim::sweep
