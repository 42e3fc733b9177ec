#include "model/json_guard.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace ternsim::model {

namespace {

// Brackets and commas outside of strings bound the values that a parser can make of the text.
void check_limits(std::string_view text, const std::string& origin, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    throw InputError(fmt::format("{}: {} bytes of JSON; at most {} are read", origin, text.size(), limits.bytes));
  int depth = 0;
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else
        in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    values += c == ',' || c == '[' || c == '{';
    depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    if (depth > limits.depth)
      throw InputError(fmt::format("{}: at byte {}: JSON nested more than {} levels", origin, i, limits.depth));
    if (values > limits.values)
      throw InputError(fmt::format("{}: at byte {}: more than {} JSON values", origin, i, limits.values));
  }
}

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& origin, const JsonLimits& limits) {
  check_limits(text, origin, limits);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    throw InputError(fmt::format("{}: not valid JSON at byte {}; the file is truncated or damaged", origin, e.byte));
  } catch (const nlohmann::json::exception&) {
    throw InputError(origin + ": not valid JSON: a number is out of range");
  }
}

}  // namespace ternsim::model
