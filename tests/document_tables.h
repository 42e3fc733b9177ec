#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace ternsim::test {

/// A document whose tables stand between marks and are written by a program of the test tree:
///
///     <!-- NAME begin: written by PROGRAM -->
///     (two head lines, which stay)
///     (rows)
///     <!-- NAME end: written by PROGRAM -->
class DocumentTables {
 public:
  /// Throws InputError on a file that cannot be read.
  DocumentTables(std::filesystem::path path, std::string program)
      : path_(std::move(path)), program_(std::move(program)) {
    std::ifstream in(path_);
    if (!in) throw InputError(fmt::format("{}: cannot be read", path_.string()));
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  void replace(const char* table, const std::vector<std::string>& rows) {
    const auto [begin, end] = body_of(table);
    const auto at = lines_.erase(lines_.begin() + begin, lines_.begin() + end);
    lines_.insert(at, rows.begin(), rows.end());
  }
  /// How many rows are not in the document, which are printed; with `all`, also whether it has others than these.
  int stale(const char* table, const std::vector<std::string>& rows, bool all) const {
    const auto [begin, end] = body_of(table);
    const std::vector<std::string> body(lines_.begin() + begin, lines_.begin() + end);
    int count = all && body.size() != rows.size() ? 1 : 0;
    for (const std::string& row : rows)
      if (std::ranges::find(body, row) == body.end()) {
        fmt::print("not in the document:\n{}\n", row);
        ++count;
      }
    return count;
  }
  bool write() const {
    std::ofstream out(path_);
    for (const std::string& line : lines_) out << line << '\n';
    out.close();
    return static_cast<bool>(out);
  }

 private:
  std::string mark(const char* table, const char* end) const {
    return fmt::format("<!-- {} {}: written by {} -->", table, end, program_);
  }
  /// The lines between the marks of a table, without its two head lines.
  std::pair<std::ptrdiff_t, std::ptrdiff_t> body_of(const char* table) const {
    const auto begin = std::ranges::find(lines_, mark(table, "begin"));
    const auto end = std::ranges::find(lines_, mark(table, "end"));
    if (end == lines_.end() || end - begin < 3)
      throw InputError(fmt::format("the document lacks the marks of table '{}', or its two head lines", table));
    return {begin - lines_.begin() + 3, end - lines_.begin()};
  }

  std::filesystem::path path_;
  std::string program_;
  std::vector<std::string> lines_;
};

}  // namespace ternsim::test
