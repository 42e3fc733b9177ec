#include "reports/report.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "reports/csv_writer.h"
#include "reports/html_writer.h"
#include "reports/json_writer.h"

namespace ternsim::reports {

namespace {

[[noreturn]] void cannot_write(const std::filesystem::path& path, std::string_view why) {
  throw RequestError(
      fmt::format("cannot write the report to {}: {}; name a directory that can be written", path.string(), why));
}

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view content) {
  // Two processes that write into one directory must not share the temporary file.
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", now);
  std::error_code error;
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) {
      std::filesystem::remove(temporary, error);
      cannot_write(path, "the file could not be created or the disk is full");
    }
  }
  std::filesystem::rename(temporary, path, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    cannot_write(path, error.message());
  }
}

void prepare_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) cannot_write(directory, error.message());
  const std::filesystem::path probe = directory / ".ternsim-probe";
  write_atomically(probe, "");
  std::filesystem::remove(probe, error);
}

ReportFiles write_report(const StatisticNode& root, const std::filesystem::path& directory) {
  const std::string html = html_report(root);
  const std::string json = json_report(root);
  const std::string csv = csv_report(root);
  prepare_directory(directory);
  ReportFiles files{directory / "report.html", directory / "results.json", directory / "results.csv"};
  write_atomically(files.json, json);
  write_atomically(files.csv, csv);
  write_atomically(files.html, html);
  return files;
}

}  // namespace ternsim::reports
