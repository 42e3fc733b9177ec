# SystemC's cycles against the RTL's.
ternsim_add_test(engine_model_test TIER unit_timing SYSTEMC SOURCES unit_timing/engine_model_test.cpp LIBS ternsim_sim)

# `small` with a tree of half as many registers: what the model must tell from the engine with the parameters it knows.
find_package(verilator REQUIRED)
list(TRANSFORM TERNSIM_RTL_small_ENGINE_ARGS REPLACE "-GLevelsPerStage=.*" "-GLevelsPerStage=2"
     OUTPUT_VARIABLE shallow_args)
set(shallow_options -include ${CMAKE_SOURCE_DIR}/rtl/verilated_print.h)
if(TERNSIM_SANITIZE)
  list(APPEND shallow_options -fno-sanitize=all)
endif()
set(shallow_trace "")
if(TERNSIM_WAVEFORMS)
  find_package(ZLIB REQUIRED)
  set(shallow_trace TRACE_FST)
endif()
add_library(validation_shallow STATIC)
verilate(validation_shallow PREFIX Vengine_shallow ${shallow_trace} TOP_MODULE ternary_engine
         SOURCES ${TERNSIM_RTL_ENGINE_SOURCES} VERILATOR_ARGS -Wall -Wno-DECLFILENAME --assert ${shallow_args}
         OPT_FAST -O1 OPT_SLOW -O0)
target_compile_definitions(validation_shallow PUBLIC VL_PRINTF=ternsim_verilated_print)
target_compile_options(validation_shallow PRIVATE ${shallow_options})
if(TERNSIM_WAVEFORMS)
  target_link_libraries(validation_shallow PUBLIC ZLIB::ZLIB)
endif()
get_target_property(shallow_includes validation_shallow INTERFACE_INCLUDE_DIRECTORIES)
set_property(TARGET validation_shallow PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${shallow_includes})

ternsim_add_test(validation_test TIER cosim SYSTEMC SOURCES cosim/validation_test.cpp cosim/validation_depth_test.cpp
                 LIBS ternsim_validation validation_shallow)

# The tables of docs/validation.md and the data behind them; `write` renews them.
add_executable(validation_doc smoke/validation_doc.cpp document_main.cpp)
target_link_libraries(validation_doc PRIVATE ternsim_validation ternsim_cosim ternsim_explore ternsim_formats
                      SystemC::systemc fmt::fmt)
target_compile_definitions(validation_doc PRIVATE TERNSIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME validation_doc_is_fresh COMMAND validation_doc ${CMAKE_SOURCE_DIR}/docs/validation.md
         ${CMAKE_SOURCE_DIR}/reports/validation/cycles.csv check)
set_tests_properties(validation_doc_is_fresh PROPERTIES LABELS cosim TIMEOUT 600)
