#include "reports/wrapped_text.h"

#include <sstream>

namespace ternsim::reports {

std::string wrapped_text(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t used = 0;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) {
    if (used > 0 && used + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      used = 0;
    }
    if (used > 0) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
  }
  return out;
}

}  // namespace ternsim::reports
