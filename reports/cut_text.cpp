#include "reports/cut_text.h"

#include <algorithm>

#include "reports/clean_text.h"

namespace ternsim::reports {

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string cut(std::string_view text, std::size_t columns, bool keep_end) {
  std::string line = printable_text(text);
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\t', ' ');
  if (characters(line) <= columns) return line;
  if (keep_end) {
    std::size_t drop = characters(line) - columns + 1;
    std::size_t at = 0;
    while (at < line.size() && (drop > 0 || (line[at] & 0xC0) == 0x80)) {
      if ((line[at] & 0xC0) != 0x80) --drop;
      ++at;
    }
    return "…" + line.substr(at);
  }
  std::size_t at = 0;
  for (std::size_t seen = 0; at < line.size(); ++at)
    if ((line[at] & 0xC0) != 0x80 && ++seen == columns) break;
  return line.substr(0, at) + "…";
}

}  // namespace ternsim::reports
