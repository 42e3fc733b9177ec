#include "reports/block_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "reports/cut_text.h"
#include "reports/wrapped_text.h"

namespace ternsim::reports {

namespace {

std::vector<std::string> lines_of(std::string_view heading) {
  std::vector<std::string> lines;
  for (std::size_t end = heading.find('\n'); end != std::string_view::npos; end = heading.find('\n')) {
    lines.emplace_back(heading.substr(0, end));
    heading.remove_prefix(end + 1);
  }
  lines.emplace_back(heading);
  return lines;
}

}  // namespace

std::string block_table(const BlockTable& table) {
  if (table.lines.empty()) return "";
  std::size_t label = characters(table.title);
  std::size_t note = 0;
  for (const BlockLine& line : table.lines) {
    label = std::max(label, characters(line.label));
    note = std::max(note, line.note.size());
  }
  const std::size_t left = label + (note == 0 ? 0 : 2 + note);
  std::vector<std::vector<std::string>> headings;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t width = 0;
    headings.push_back(lines_of(table.columns[i]));
    for (const std::string& text : headings.back()) width = std::max(width, characters(text));
    for (const BlockLine& line : table.lines) width = std::max(width, characters(line.cells[i]));
    widths.push_back(width);
  }
  std::string out;
  for (std::size_t first = 0; first < widths.size();) {
    std::size_t end = first;
    std::size_t high = 1;
    for (std::size_t used = left; end < widths.size() && (end == first || used + 2 + widths[end] <= kTerminalColumns);
         ++end) {
      used += 2 + widths[end];
      high = std::max(high, headings[end].size());
    }
    const auto write = [&](std::string text, const auto& cell) {
      text += std::string(left - characters(text), ' ');
      for (std::size_t i = first; i < end; ++i) text += fmt::format("  {:>{}}", cell(i), widths[i]);
      text.erase(text.find_last_not_of(' ') + 1);
      out += text + '\n';
    };
    out += '\n';
    // Headings end right above the cells.
    for (std::size_t row = 0; row < high; ++row)
      write(row + 1 == high ? table.title : "", [&](std::size_t i) {
        const std::size_t empty = high - headings[i].size();
        return row < empty ? std::string() : headings[i][row - empty];
      });
    for (const BlockLine& line : table.lines)
      write(note == 0 ? line.label : fmt::format("{:<{}}  {}", line.label, label, line.note),
            [&](std::size_t i) { return line.cells[i]; });
    first = end;
  }
  return out;
}

}  // namespace ternsim::reports
