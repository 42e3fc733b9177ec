#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace ternsim::model {

/// JSON from a file that may be hostile: its size, nesting and number of values are checked before it is parsed.
struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t values = std::size_t{4} << 20;
  int depth = 32;
};

/// Throws InputError, "<origin>: ...", with the byte, on what is no JSON or beyond the limits.
nlohmann::json parse_json(std::string_view text, const std::string& origin, const JsonLimits& limits = {});

}  // namespace ternsim::model
