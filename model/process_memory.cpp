#include "model/process_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

namespace ternsim::model {

namespace {

std::string text_of(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::uint64_t kilobytes_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
    std::uint64_t kilobytes = 0;
    std::from_chars(line.data(), line.data() + line.size(), kilobytes);
    return kilobytes * 1024;
  }
  return 0;
}

ProcessMemory read_process_memory() {
  const std::string status = text_of("/proc/self/status");
  return {kilobytes_of(status, "VmRSS"), kilobytes_of(status, "VmHWM"),
          kilobytes_of(text_of("/proc/self/smaps_rollup"), "AnonHugePages")};
}

}  // namespace ternsim::model
