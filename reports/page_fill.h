#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ternsim::reports {

/// Text as HTML shows it: well-formed UTF-8, markup escaped.
std::string escaped_html(std::string_view text);

/// Replaces each {{key}} of the template in one pass: a value that itself holds "{{...}}" is not looked at again.
/// Throws MismatchError on a placeholder without a value.
std::string filled(std::string_view page, const std::map<std::string_view, std::string_view>& values);

}  // namespace ternsim::reports
