# The packings other than two-bit, and NEON for all of them. As in CMakeLists.txt, files for one instruction set are
# compiled alone with its flags.
set(packings base3 pair_lookup triple_lookup)
target_sources(ternsim_kernels PRIVATE row_codes.cpp)
set_source_files_properties(row_codes.cpp PROPERTIES COMPILE_OPTIONS -O3)
foreach(packing ${packings})
  set(plain_sources ${packing}_packing.cpp ${packing}_scalar.cpp)
  target_sources(ternsim_kernels PRIVATE ${plain_sources})
  set_source_files_properties(${plain_sources} PROPERTIES COMPILE_OPTIONS -O3)
endforeach()

if(NOT TERNSIM_NO_SIMD AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  foreach(packing ${packings})
    target_sources(ternsim_kernels PRIVATE ${packing}_avx2.cpp ${packing}_avx512.cpp)
    set_source_files_properties(${packing}_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-O3")
    # GCC 12's own AVX-512 header trips the two warnings (its "undefined" vectors).
    set_source_files_properties(${packing}_avx512.cpp PROPERTIES COMPILE_OPTIONS
      "-mavx2;-mavx512f;-mavx512bw;-mavx512vl;-mavx512vnni;-O3;-Wno-uninitialized;-Wno-maybe-uninitialized")
  endforeach()
  # Chosen at run time within the instruction set: the first CPUs with VNNI lack VBMI.
  set_property(SOURCE base3_avx512.cpp APPEND PROPERTY COMPILE_OPTIONS -mavx512vbmi)
elseif(NOT TERNSIM_NO_SIMD AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(neon_sources two_bit_neon.cpp base3_neon.cpp pair_lookup_neon.cpp triple_lookup_neon.cpp)
  set(neon_dot_sources two_bit_neon_dot.cpp base3_neon_dot.cpp)
  target_sources(ternsim_kernels PRIVATE ${neon_sources} ${neon_dot_sources})
  set_source_files_properties(${neon_sources} PROPERTIES COMPILE_OPTIONS -O3)
  set_source_files_properties(${neon_dot_sources} PROPERTIES COMPILE_OPTIONS "-march=armv8.2-a+dotprod;-O3")
  target_compile_definitions(ternsim_kernels PRIVATE TERNSIM_HAS_NEON)
endif()
