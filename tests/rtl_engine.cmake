ternsim_add_test(rtl_engine_top_cosim_test TIER cosim
                 SOURCES cosim/rtl_engine_top_cosim_test.cpp cosim/rtl_engine_top_packing_test.cpp
                         cosim/rtl_engine_top_pins_test.cpp
                 LIBS rtl_vectors ternsim_rtl_models)
ternsim_add_test(rtl_engine_top_program_test TIER cosim SOURCES cosim/rtl_engine_top_program_test.cpp
                 LIBS ternsim_cosim ternsim_rtl)
ternsim_add_test(rtl_engine_top_timing_test TIER unit_timing SOURCES unit_timing/rtl_engine_top_timing_test.cpp
                 LIBS rtl_vectors)
ternsim_add_test(rtl_engine_top_registers_test TIER smoke SOURCES smoke/rtl_engine_top_registers_test.cpp
                 LIBS rtl_vectors fmt::fmt)

# Every configuration of the engine is free of Verilator's warnings and of what Yosys' front end or `check` complain
# about.
list(JOIN TERNSIM_RTL_ENGINE_SOURCES " " sources)
foreach(name IN LISTS TERNSIM_RTL_CONFIGS)
  add_test(NAME rtl_engine_lint_${name} COMMAND ${VERILATOR_BIN} --lint-only -Wall --assert --top ternary_engine
           ${TERNSIM_RTL_${name}_ENGINE_ARGS} ${TERNSIM_RTL_ENGINE_SOURCES})
  set_tests_properties(rtl_engine_lint_${name} PROPERTIES LABELS smoke)
  # Parameters by the command chparam: hierarchy's own option runs into a failed assertion of Yosys 0.23.
  string(REGEX REPLACE "-G([A-Za-z]+)=([0-9]+);?" " -set \\1 \\2" chparams "${TERNSIM_RTL_${name}_ENGINE_ARGS}")
  set(script "read_verilog -sv ${sources}; chparam${chparams} ternary_engine; hierarchy -check -top ternary_engine")
  if(YOSYS_PROGRAM)
    add_test(NAME rtl_engine_yosys_${name} COMMAND ${YOSYS_PROGRAM} -q -p "${script}; proc; check -assert")
  else()
    add_test(NAME rtl_engine_yosys_${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: no yosys on this machine")
    set_tests_properties(rtl_engine_yosys_${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: no yosys")
  endif()
  set_tests_properties(rtl_engine_yosys_${name} PROPERTIES LABELS smoke)
endforeach()

# A parameter outside its limits stops at elaboration with its message.
function(ternsim_refused_parameter name argument message)
  add_test(NAME rtl_engine_refuses_${name} COMMAND ${VERILATOR_BIN} --lint-only --top ternary_engine ${argument}
           ${TERNSIM_RTL_ENGINE_SOURCES})
  set_tests_properties(rtl_engine_refuses_${name} PROPERTIES LABELS smoke PASS_REGULAR_EXPRESSION "${message}")
endfunction()
ternsim_refused_parameter(rows -GRows=0 "row_tiles: Rows must lie in 1")
ternsim_refused_parameter(slots -GSlots=0 "Slots must be 1 or more")
ternsim_refused_parameter(lanes -GLanes=24 "ternary_dot: Lanes must be a power of two")
ternsim_refused_parameter(levels -GLevelsPerStage=0 "LevelsPerStage must be 1 or more")
ternsim_refused_parameter(narrow_accumulators -GAccumulatorBits=15 "AccumulatorBits must lie in 16 .. 32")
ternsim_refused_parameter(wide_accumulators -GAccumulatorBits=33 "AccumulatorBits must lie in 16 .. 32")
ternsim_refused_parameter(weight_depth -GWeightDepth=12 "replay_buffer: Depth must be a power of two")
ternsim_refused_parameter(activation_depth -GActivationDepth=100 "replay_buffer: Depth must be a power of two")
ternsim_refused_parameter(queue_depth -GQueueDepth=3 "command_queue: Depth must be a power of two")
ternsim_refused_parameter(weight_packing -GWeightPacking=2 "weight_entry: Packing must be 0 .two_bit. or 1 .base3.")
