# Trit decoder, requantisation, INT8 and FP16 baselines: C++ models, Verilated modules, proofs, lint.
add_library(rtl_leaf_clock INTERFACE)
target_include_directories(rtl_leaf_clock INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(rtl_leaf_clock INTERFACE ternsim_rtl_leaves ternsim_rtl_leaf_print ternsim_rtl_models
                      ternsim_base)

ternsim_add_test(rtl_leaf_models_test TIER closed_form SOURCES closed_form/rtl_leaf_models_test.cpp
                 LIBS ternsim_rtl_models ternsim_model)
ternsim_add_test(rtl_leaf_decoder_test TIER cosim SOURCES cosim/rtl_leaf_decoder_test.cpp LIBS rtl_leaf_clock)
ternsim_add_test(rtl_leaf_mac_test TIER cosim SOURCES cosim/rtl_leaf_mac_test.cpp LIBS rtl_leaf_clock)
ternsim_add_test(rtl_leaf_requantise_test TIER cosim SOURCES cosim/rtl_leaf_requantise_test.cpp LIBS rtl_leaf_clock)
ternsim_add_test(rtl_leaf_timing_test TIER unit_timing SOURCES unit_timing/rtl_leaf_timing_test.cpp
                 LIBS rtl_leaf_clock)

# Every set of parameters is free of Verilator's warnings and of what Yosys' front end or `check` complain about.
foreach(name IN LISTS TERNSIM_RTL_LEAVES)
  set(top ${TERNSIM_RTL_LEAF_${name}_TOP})
  set(sources ${TERNSIM_RTL_LEAF_${top}_SOURCES})
  add_test(NAME rtl_leaf_lint_${name} COMMAND ${VERILATOR_BIN} --lint-only -Wall --assert --top ${top}
           ${TERNSIM_RTL_LEAF_${name}_ARGS} ${sources})
  set_tests_properties(rtl_leaf_lint_${name} PROPERTIES LABELS smoke)
  if(YOSYS_PROGRAM)
    string(REGEX REPLACE "-G([A-Za-z0-9]+)=([0-9]+);?" " -chparam \\1 \\2" chparams "${TERNSIM_RTL_LEAF_${name}_ARGS}")
    list(JOIN sources " " sources)
    add_test(NAME rtl_leaf_yosys_${name} COMMAND ${YOSYS_PROGRAM} -q -p
             "read_verilog -sv ${sources}; hierarchy -check -top ${top}${chparams}; proc; check -assert")
    set_tests_properties(rtl_leaf_yosys_${name} PROPERTIES LABELS smoke)
  endif()
endforeach()

# ternsim_leaf_refused(TOP MESSAGE -GParameter=value...): elaboration stops with that message.
function(ternsim_leaf_refused top message)
  list(JOIN ARGN "_" name)
  string(REGEX REPLACE "-G|=" "" name "${name}")
  add_test(NAME rtl_leaf_refused_${top}_${name} COMMAND ${VERILATOR_BIN} --lint-only -Wall --assert --top ${top} ${ARGN}
           ${TERNSIM_RTL_LEAF_${top}_SOURCES})
  set_tests_properties(rtl_leaf_refused_${top}_${name} PROPERTIES LABELS smoke PASS_REGULAR_EXPRESSION
                       "${top}: ${message}.*%Error")
endfunction()
ternsim_leaf_refused(trit_decoder "Bytes must be" -GBytes=0)
ternsim_leaf_refused(int8_mac_array "Rows must be" -GRows=0)
ternsim_leaf_refused(int8_mac_array "Slots must be" -GSlots=0)
ternsim_leaf_refused(int8_mac_array "Lanes must be a power of two" -GLanes=12)
ternsim_leaf_refused(int8_mac_array "LevelsPerStage must be" -GLevelsPerStage=0)
ternsim_leaf_refused(int8_mac_array "RegisterProducts must be" -GRegisterProducts=2)
ternsim_leaf_refused(int8_mac_array "AccumulatorBits must hold" -GAccumulatorBits=19)
ternsim_leaf_refused(fp16_mac "Rows must be" -GRows=0)
ternsim_leaf_refused(fp16_mac "Slots must be" -GSlots=0)
ternsim_leaf_refused(fp16_mac "AccumulatorBits must be 16 or 32" -GAccumulatorBits=24)
ternsim_leaf_refused(fp16_mac "MultiplyStages must be" -GMultiplyStages=3)
ternsim_leaf_refused(fp16_mac "AddStages must be" -GAddStages=0)
ternsim_leaf_refused(requantise "Lanes must be" -GLanes=0)
ternsim_leaf_refused(requantise "MaxBeats must be" -GMaxBeats=0)
ternsim_leaf_refused(requantise "FractionBits must be" -GFractionBits=25)
ternsim_leaf_refused(requantise "AbsmaxFloor must be" -GAbsmaxFloor=0)

# Proofs, for all inputs, run from the repository root.
if(YOSYS_PROGRAM)
  foreach(proof trit_decoder ternary_dot)
    add_test(NAME rtl_leaf_proof_${proof} COMMAND ${YOSYS_PROGRAM} -q rtl/formal/${proof}.ys
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(rtl_leaf_proof_${proof} PROPERTIES LABELS property)
  endforeach()
else()
  add_test(NAME rtl_leaf_proofs COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: yosys is not installed")
  set_tests_properties(rtl_leaf_proofs PROPERTIES LABELS property SKIP_REGULAR_EXPRESSION "SKIPPED")
endif()
