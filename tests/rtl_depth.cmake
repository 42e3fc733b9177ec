# Depth of the RTL's verification: mutants, proofs and lint waivers. Coverage is tests/coverage/rtl.sh.
find_package(Python3 3.11 COMPONENTS Interpreter)
set(coverage "")
if(TERNSIM_RTL_COVERAGE)
  set(coverage --coverage-line --coverage-toggle --coverage-max-width 1024)
endif()

# What tests/mutants/run.py Verilates: name, prefix, top, parameters and sources of each model.
set(models "")
function(ternsim_mutant_model name prefix top args)
  list(APPEND args ${coverage})
  list(FILTER args EXCLUDE REGEX "^$")
  list(JOIN args "\", \"" args)
  list(JOIN ARGN "\", \"" sources)
  set(models "${models}${comma}\n  {\"name\": \"${name}\", \"prefix\": \"${prefix}\", \"top\": \"${top}\",\n"
      "   \"args\": [\"${args}\"],\n   \"sources\": [\"${sources}\"]}")
  string(CONCAT models ${models})
  set(models "${models}" PARENT_SCOPE)
  set(comma "," PARENT_SCOPE)
endfunction()
set(comma "")
set(trace "")
if(TERNSIM_WAVEFORMS)
  set(trace --trace-fst)  # what uses unit and engine asks them for it
endif()
ternsim_mutant_model(unit Vternary_small ternary_matrix_unit "${TERNSIM_RTL_small_ARGS};${trace}"
                     ${TERNSIM_RTL_SOURCES})
ternsim_mutant_model(engine Vengine_small ternary_engine "${TERNSIM_RTL_small_ENGINE_ARGS};${trace}"
                     ${TERNSIM_RTL_ENGINE_SOURCES})
foreach(name IN LISTS TERNSIM_RTL_LEAVES)
  set(top ${TERNSIM_RTL_LEAF_${name}_TOP})
  ternsim_mutant_model(${name} V${name} ${top} "${TERNSIM_RTL_LEAF_${name}_ARGS}" ${TERNSIM_RTL_LEAF_${top}_SOURCES})
endforeach()
set(registers_sources ${CMAKE_CURRENT_SOURCE_DIR}/cosim/rtl_coverage_registers.vlt
    ${CMAKE_SOURCE_DIR}/rtl/src/axi_lite_port.sv ${CMAKE_SOURCE_DIR}/rtl/src/engine_registers.sv
    ${CMAKE_SOURCE_DIR}/rtl/src/stream_assertions.sv)
ternsim_mutant_model(engine_registers Vengine_registers engine_registers -Wall ${registers_sources})
set(entry_sources "")
foreach(module IN ITEMS trit_decoder_byte trit_decoder stream_assertions weight_entry)
  list(APPEND entry_sources ${CMAKE_SOURCE_DIR}/rtl/src/${module}.sv)
endforeach()
set(entry_args -GCodes=18 -GPacking=1)
ternsim_mutant_model(weight_entry Vweight_entry weight_entry "${entry_args}" ${entry_sources})
set(walk_sources ${CMAKE_SOURCE_DIR}/rtl/src/row_tiles.sv ${CMAKE_SOURCE_DIR}/rtl/src/tile_walk.sv)
set(walk_args -GRows=11 -GSlots=3 -GBeatBits=9 -GWordBits=11)
ternsim_mutant_model(tile_walk Vtile_walk tile_walk "${walk_args}" ${walk_sources})
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/mutants/models.json "{\"models\": [${models}\n]}\n")

# Mutants: the list in every run, four of the cheapest as a test, all of them in the soak. Not with sanitizers, which
# say nothing about the tests.
set(mutant_tests rtl_mutants_list)
if(NOT TERNSIM_SANITIZE)
  list(APPEND mutant_tests rtl_mutants_quick soak_rtl_mutants)
endif()
set(rtl_mutants_list_ARGS --check)
set(rtl_mutants_quick_ARGS ${CMAKE_BINARY_DIR} --skip-sound --jobs 2 code_3_used illegal_byte_silent proof_port
    proof_queue)
set(soak_rtl_mutants_ARGS ${CMAKE_BINARY_DIR})
foreach(name IN LISTS mutant_tests)
  if(Python3_FOUND)
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/mutants/run.py ${${name}_ARGS})
  else()
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: Python 3.11 is not installed")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS cosim TIMEOUT 3600 SKIP_REGULAR_EXPRESSION "SKIPPED: Python")
endforeach()
set_tests_properties(rtl_mutants_list PROPERTIES LABELS smoke)
if(NOT TERNSIM_SANITIZE)
  set_tests_properties(soak_rtl_mutants PROPERTIES LABELS soak)
endif()

# Every waiver of a warning has its reason; that there are no other warnings is rtl_lint_* and its like.
add_test(NAME rtl_waivers COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR}
         -P ${CMAKE_CURRENT_SOURCE_DIR}/smoke/rtl_waivers.cmake)
set_tests_properties(rtl_waivers PROPERTIES LABELS smoke)

# Proofs, run from the repository root; trit_decoder and ternary_dot are in rtl_leaf.cmake.
if(YOSYS_PROGRAM)
  foreach(proof axi_lite_port command_queue fp16_mac_add fp16_mac_round replay_buffer requantise_reciprocal
          requantise_scale ternary_matrix_unit tile_walk)
    add_test(NAME rtl_proof_${proof} COMMAND ${YOSYS_PROGRAM} -q rtl/formal/${proof}.ys
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(rtl_proof_${proof} PROPERTIES LABELS property)
  endforeach()
else()
  add_test(NAME rtl_proofs COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: yosys is not installed")
  set_tests_properties(rtl_proofs PROPERTIES LABELS property SKIP_REGULAR_EXPRESSION "SKIPPED")
endif()

# Tests for what coverage showed to be missing. Three modules are Verilated by themselves for them: the register file
# with its counters in reach, the entry of base3 transfers, and the walk through a command.
ternsim_add_test(rtl_coverage_test TIER cosim SOURCES cosim/rtl_coverage_test.cpp LIBS rtl_vectors)
add_library(rtl_parts STATIC)
verilate(rtl_parts PREFIX Vengine_registers TOP_MODULE engine_registers SOURCES ${registers_sources}
         VERILATOR_ARGS -Wall -Wno-DECLFILENAME --assert ${coverage} OPT_FAST -O1 OPT_SLOW -O0)
verilate(rtl_parts PREFIX Vweight_entry TOP_MODULE weight_entry SOURCES ${entry_sources}
         VERILATOR_ARGS -Wall -Wno-DECLFILENAME --assert ${coverage} ${entry_args} OPT_FAST -O1 OPT_SLOW -O0)
verilate(rtl_parts PREFIX Vtile_walk TOP_MODULE tile_walk SOURCES ${walk_sources}
         VERILATOR_ARGS -Wall -Wno-DECLFILENAME --assert ${coverage} ${walk_args} OPT_FAST -O1 OPT_SLOW -O0)
target_compile_definitions(rtl_parts PUBLIC VL_PRINTF=ternsim_verilated_print)
# As in rtl/: generated code is not sanitised, and Verilator's own header does not pass for null addresses.
target_compile_options(rtl_parts PUBLIC -fno-sanitize=null PRIVATE -include ${CMAKE_SOURCE_DIR}/rtl/verilated_print.h)
if(TERNSIM_SANITIZE)
  target_compile_options(rtl_parts PRIVATE -fno-sanitize=all)
endif()
get_target_property(includes rtl_parts INTERFACE_INCLUDE_DIRECTORIES)
set_property(TARGET rtl_parts PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${includes})
ternsim_add_test(rtl_coverage_registers_test TIER cosim SOURCES cosim/rtl_coverage_registers_test.cpp
                 LIBS rtl_parts ternsim_rtl_leaf_print ternsim_base)
ternsim_add_test(rtl_coverage_leaf_test TIER cosim SOURCES cosim/rtl_coverage_leaf_test.cpp
                 LIBS rtl_leaf_clock rtl_parts)
