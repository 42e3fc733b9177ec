#pragma once

#include <string>
#include <string_view>

namespace ternsim::reports {

/// Text as HTML shows it: well-formed UTF-8, markup escaped.
std::string escaped_html(std::string_view text);

/// What one of our pages has of its own.
struct Page {
  std::string_view title;
  std::string_view source;   ///< where its figures stand too: "... Every figure is also in " + source
  std::string_view data;     ///< JSON that its scripts draw, safe within a script element
  std::string_view scripts;  ///< of web_assets.h
};

/// web/page.html, filled: a page that needs no network and no file beside it. A value that itself holds "{{...}}" is
/// not looked at again. Equal pages have equal bytes. Throws MismatchError on a placeholder without a value.
std::string page_of(const Page& page);

}  // namespace ternsim::reports
