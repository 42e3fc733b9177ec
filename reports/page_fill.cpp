#include "reports/page_fill.h"

#include "base/error.h"
#include "reports/clean_text.h"

namespace ternsim::reports {

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string filled(std::string_view page, const std::map<std::string_view, std::string_view>& values) {
  std::string out;
  for (std::size_t open = page.find("{{"); open != std::string_view::npos; open = page.find("{{")) {
    const std::size_t close = page.find("}}", open);
    const auto value =
        close == std::string_view::npos ? values.end() : values.find(page.substr(open + 2, close - open - 2));
    if (value == values.end()) throw MismatchError("a page of reports/web has a placeholder that nothing fills");
    out += page.substr(0, open);
    out += value->second;
    page.remove_prefix(close + 2);
  }
  return out += page;
}

}  // namespace ternsim::reports
