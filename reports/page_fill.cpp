#include "reports/page_fill.h"

#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "reports/clean_text.h"
#include "reports/web_assets.h"

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

namespace {

/// Replaces each {{key}} of the template in one pass.
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

}  // namespace

std::string page_of(const Page& page) {
  // The nonce lets exactly our script elements run. It follows from the data, so text inside the data cannot name it,
  // and equal data still give equal pages.
  Hash hash;
  hash.update(page.data.data(), page.data.size());
  const std::string nonce = hash.hex();
  const std::string title = escaped_html(page.title);
  const std::string source = escaped_html(page.source);
  const std::string licences = escaped_html(web::licences);
  return filled(web::page_template, {{"title", title},
                                     {"source", source},
                                     {"nonce", nonce},
                                     {"style", web::style},
                                     {"data", page.data},
                                     {"echarts", web::echarts},
                                     {"scripts", page.scripts},
                                     {"licences", licences}});
}

}  // namespace ternsim::reports
