# Speed of the Verilated RTL: ternsim_rtl_benches. Its models are Verilated a second time, without assertions and traces,
# hence behind TERNSIM_BENCHES.
find_package(verilator REQUIRED)
include(${CMAKE_SOURCE_DIR}/rtl/RtlConfigs.cmake)
ternsim_rtl_read_configs(${CMAKE_SOURCE_DIR}/rtl/configs.yaml)

add_library(ternsim_rtl_bench_models STATIC)
# Unrolled loops over lanes are 1.4 times as fast; of themselves they are unrolled up to 64 only.
set(options -Wall -Wno-DECLFILENAME -O3 --x-assign fast --x-initial fast --unroll-count 128 --unroll-stmts 100000)

set(TERNSIM_BENCH_INCLUDES "#include \"Vbench_column.h\"\n")
set(TERNSIM_BENCH_ENTRIES "")
foreach(name IN LISTS TERNSIM_RTL_CONFIGS)
  verilate(ternsim_rtl_bench_models PREFIX Vbench_unit_${name} TOP_MODULE ternary_matrix_unit
           SOURCES ${TERNSIM_RTL_SOURCES} VERILATOR_ARGS ${options} ${TERNSIM_RTL_${name}_ARGS}
           OPT_FAST -O3 -march=native OPT_SLOW -O0)
  verilate(ternsim_rtl_bench_models PREFIX Vbench_engine_${name} TOP_MODULE ternary_engine
           SOURCES ${TERNSIM_RTL_ENGINE_SOURCES} VERILATOR_ARGS ${options} ${TERNSIM_RTL_${name}_ENGINE_ARGS}
           OPT_FAST -O3 -march=native OPT_SLOW -O0)
  set(packing TwoBit)
  if(TERNSIM_RTL_${name}_weight_packing STREQUAL base3)
    set(packing Base3)
  endif()
  set(c TERNSIM_RTL_${name})
  string(APPEND TERNSIM_BENCH_INCLUDES "#include \"Vbench_unit_${name}.h\"\n#include \"Vbench_engine_${name}.h\"\n")
  string(APPEND TERNSIM_BENCH_ENTRIES "  add<Vbench_unit_${name}, Vbench_engine_${name}>({{\"${name}\", ${${c}_rows}, "
    "${${c}_lanes}, ${${c}_slots}, ${${c}_tree_levels_per_stage}, ${${c}_accumulator_bits}},\n"
    "      ${${c}_weight_depth}, ${${c}_activation_depth}, ${${c}_queue_depth}, StreamPacking::${packing}});\n")
endforeach()
verilate(ternsim_rtl_bench_models PREFIX Vbench_column TOP_MODULE ternary_matrix_unit SOURCES ${TERNSIM_RTL_SOURCES}
         VERILATOR_ARGS ${options} -GRows=1 -GLanes=64 -GSlots=1 -GLevelsPerStage=2 OPT_FAST -O3 -march=native OPT_SLOW -O0)
get_target_property(includes ternsim_rtl_bench_models INTERFACE_INCLUDE_DIRECTORIES)
set_property(TARGET ternsim_rtl_bench_models PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${includes})

configure_file(rtl_bench_registry.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/rtl_bench_registry.cpp @ONLY)
add_executable(ternsim_rtl_benches rtl_main.cpp ${CMAKE_CURRENT_BINARY_DIR}/rtl_bench_registry.cpp)
target_link_libraries(ternsim_rtl_benches PRIVATE ternsim_program ternsim_base ternsim_rtl_bench_models
                      benchmark::benchmark)
