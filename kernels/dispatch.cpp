#include "kernels/dispatch.h"

#if defined(TERNSIM_HAS_NEON) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#ifdef TERNSIM_HAS_AVX2
#include <cpuid.h>
#endif

#if defined(TERNSIM_HAS_AMX) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cstdlib>
#include <string>

#include "base/error.h"

namespace ternsim::kernels {

namespace {

constexpr Isa kAll[] = {Isa::Scalar, Isa::Avx2, Isa::Avx512, Isa::Amx, Isa::Neon, Isa::NeonDot};

std::string list_available() {
  std::string list;
  for (const Isa isa : available_isas()) list += (list.empty() ? "" : ", ") + std::string(name_of(isa));
  return list;
}

#ifdef TERNSIM_HAS_AVX2
/// What files of the AVX2 set are compiled for: the float bodies convert halves. Asked of the processor itself, since
/// not every compiler's __builtin_cpu_supports knows f16c, and once: a virtual machine takes tens of microseconds.
bool has_avx2_and_f16c() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx2") != 0 && __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
  }();
  return has;
}
#endif

#ifdef TERNSIM_HAS_AMX
/// Whether the processor has int8 tiles and the system lets this process use them, which takes asking: once, for all
/// threads, before the first tile. The system that grants it saves the tiles of a thread too.
bool may_use_tiles() {
#if defined(__linux__) && defined(SYS_arch_prctl)
  static const bool may = [] {
    constexpr unsigned kTile = 1U << 24, kInt8 = 1U << 25;  // of leaf 7's edx
    constexpr long kRequestPermission = 0x1023;             // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;                          // the state component
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kTile) == 0 || (d & kInt8) == 0) return false;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  }();
  return may;
#else
  return false;
#endif
}
#endif

}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::Scalar:
      return "scalar";
    case Isa::Avx2:
      return "avx2";
    case Isa::Avx512:
      return "avx512";
    case Isa::Amx:
      return "amx";
    case Isa::Neon:
      return "neon";
    case Isa::NeonDot:
      return "neon-dotprod";
  }
  return "unknown";
}

bool is_available(Isa isa) {
  switch (isa) {
    case Isa::Scalar:
      return true;
    case Isa::Avx2:
#ifdef TERNSIM_HAS_AVX2
      return has_avx2_and_f16c();
#else
      return false;
#endif
    case Isa::Avx512:
#ifdef TERNSIM_HAS_AVX512
      return has_avx2_and_f16c() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
#else
      return false;
#endif
    case Isa::Amx:
#ifdef TERNSIM_HAS_AMX
      return is_available(Isa::Avx512) && may_use_tiles();
#else
      return false;
#endif
    case Isa::Neon:  // part of every aarch64
#ifdef TERNSIM_HAS_NEON
      return true;
#else
      return false;
#endif
    case Isa::NeonDot:
#if defined(TERNSIM_HAS_NEON) && defined(__linux__)
      return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
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
