#pragma once

/// Marks a loop that is compiled once per x86 vector width and chosen at run time. All clones compute the same
/// integers. Left out where a sanitizer is not yet up when the choice is made, and where the build asks for portable
/// code.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(TERNSIM_NO_SIMD)
#define TERNSIM_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#define TERNSIM_POPCOUNT_CLONES __attribute__((target_clones("popcnt", "default")))
#else
#define TERNSIM_VECTOR_CLONES
#define TERNSIM_POPCOUNT_CLONES
#endif
