#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ternsim::fuzz {

/// One change to a GGUF file that leaves the rest of it in its place: a number of the header replaced by a telling one,
/// a string changed with its length, an entry or a tensor taken out, put in twice or swapped, a stretch of tensor data
/// damaged. Returns an empty vector where the bytes have no header to speak of. The result may be longer.
std::vector<std::uint8_t> mutate_gguf(const std::vector<std::uint8_t>& bytes, std::uint64_t seed);

}  // namespace ternsim::fuzz
