#pragma once

#include <cstdlib>

namespace ternsim::test {

/// How often a random test repeats: `usual`, times TERNSIM_SOAK where that is set (the soak runs of soak.cmake).
inline int rounds(int usual) {
  const char* factor = std::getenv("TERNSIM_SOAK");
  return factor != nullptr && std::atoi(factor) > 1 ? usual * std::atoi(factor) : usual;
}

}  // namespace ternsim::test
