#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ternsim::fuzz {

/// One to three changes to values of a JSON text, which stays JSON: a value replaced by one of another type, a number
/// by a telling one, a string changed, a member or element taken out, put in twice or exchanged for another of the
/// document. Returns an empty string for what is no JSON, or nested too deep to write back.
std::string mutate_json(std::string_view text, std::uint64_t seed);

}  // namespace ternsim::fuzz
