#include "rtl/verilated_coverage.h"

#include <unistd.h>
#include <verilated_cov.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>

namespace ternsim::rtl {

namespace {

/// Counts by Verilator's key of a point. A file for each model would be gigabytes: a test process makes hundreds.
class Totals {
 public:
  explicit Totals(const char* folder)
      : path_(folder == nullptr ? "" : std::string(folder) + "/" + std::to_string(getpid()) + ".dat") {}
  Totals(const Totals&) = delete;
  Totals& operator=(const Totals&) = delete;
  ~Totals() {
    if (path_.empty() || counts_.empty()) return;
    std::ofstream out(path_);
    out << "# SystemC::Coverage-3\n";
    for (const auto& [key, count] : counts_) out << key << ' ' << count << '\n';
  }

  void add(VerilatedContext& context) {
    if (path_.empty()) return;
    const std::lock_guard lock(mutex_);
    const std::string part = path_ + ".part";  // Verilator gives the counts to a file only
    context.coveragep()->write(part.c_str());
    std::ifstream in(part);
    for (std::string line; std::getline(in, line);) {
      const std::size_t end = line.rfind(' ');
      if (line.starts_with("C '")) counts_[line.substr(0, end)] += std::stoull(line.substr(end));
    }
    std::remove(part.c_str());
  }

 private:
  std::string path_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace

void collect_coverage(VerilatedContext& context) {
  static Totals totals(std::getenv("TERNSIM_RTL_COVERAGE_TO"));
  totals.add(context);
}

}  // namespace ternsim::rtl
