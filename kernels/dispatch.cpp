#include "kernels/dispatch.h"

#include <cstdlib>
#include <string>

#include "base/error.h"

namespace ternsim::kernels {

namespace {

constexpr Isa kAll[] = {Isa::Scalar, Isa::Avx2};

std::string list_available() {
  std::string list;
  for (const Isa isa : available_isas()) list += (list.empty() ? "" : ", ") + std::string(name_of(isa));
  return list;
}

}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::Scalar:
      return "scalar";
    case Isa::Avx2:
      return "avx2";
  }
  return "unknown";
}

bool is_available(Isa isa) {
  switch (isa) {
    case Isa::Scalar:
      return true;
    case Isa::Avx2:
#ifdef TERNSIM_HAS_AVX2
      return __builtin_cpu_supports("avx2") != 0;
#else
      return false;
#endif
  }
  return false;
}

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  for (const Isa isa : kAll) {
    if (is_available(isa)) found.push_back(isa);
  }
  return found;
}

Isa best_isa() {
  const char* asked = std::getenv("TERNSIM_ISA");
  if (asked == nullptr || *asked == '\0') return available_isas().back();
  for (const Isa isa : kAll) {
    if (name_of(isa) != asked) continue;
    if (is_available(isa)) return isa;
    throw RequestError("TERNSIM_ISA=" + std::string(asked) +
                       ": not available in this build or on this machine; available: " + list_available());
  }
  throw RequestError("TERNSIM_ISA=" + std::string(asked) + ": unknown instruction set; available: " + list_available());
}

}  // namespace ternsim::kernels
