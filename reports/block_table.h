#pragma once

#include <string>
#include <vector>

namespace ternsim::reports {

/// A line of a table: a label, a word on it (how well its values are supported), and a cell for each column.
struct BlockLine {
  std::string label;
  std::string note;
  std::vector<std::string> cells;
};

/// A table whose columns may be too many for one line.
struct BlockTable {
  std::string title;                 ///< above the labels
  std::vector<std::string> columns;  ///< headings, of several lines where they hold line breaks
  std::vector<BlockLine> lines;
};

/// The table for terminals, cells right-aligned, in blocks of as many columns as fit beside the labels into 100
/// characters, an empty line in front of each. Empty for a table without lines.
std::string block_table(const BlockTable& table);

}  // namespace ternsim::reports
