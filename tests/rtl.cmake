add_library(rtl_vectors STATIC cosim/rtl_vectors.cpp)
target_include_directories(rtl_vectors PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(rtl_vectors PUBLIC ternsim_products ternsim_rtl GTest::gtest)

ternsim_add_test(rtl_cosim_test TIER cosim SOURCES cosim/rtl_cosim_test.cpp LIBS rtl_vectors)
ternsim_add_test(rtl_timing_test TIER unit_timing SOURCES unit_timing/rtl_timing_test.cpp LIBS rtl_vectors)
ternsim_add_test(rtl_property_test TIER property SOURCES property/rtl_property_test.cpp LIBS rtl_vectors)

# Every configuration is free of Verilator's warnings and of what Yosys' front end or `check` complain about.
find_program(YOSYS_PROGRAM yosys)
foreach(name IN LISTS TERNSIM_RTL_CONFIGS)
  add_test(NAME rtl_lint_${name} COMMAND ${VERILATOR_BIN} --lint-only -Wall --assert --top ternary_matrix_unit
           ${TERNSIM_RTL_${name}_ARGS} ${TERNSIM_RTL_SOURCES})
  set_tests_properties(rtl_lint_${name} PROPERTIES LABELS smoke)
  if(YOSYS_PROGRAM)
    string(REGEX REPLACE "-G([A-Za-z]+)=([0-9]+);?" " -chparam \\1 \\2" chparams "${TERNSIM_RTL_${name}_ARGS}")
    list(JOIN TERNSIM_RTL_SOURCES " " sources)
    add_test(NAME rtl_yosys_${name} COMMAND ${YOSYS_PROGRAM} -q -p
             "read_verilog -sv ${sources}; hierarchy -check -top ternary_matrix_unit${chparams}; proc; check -assert")
    set_tests_properties(rtl_yosys_${name} PROPERTIES LABELS smoke)
  endif()
endforeach()
if(NOT YOSYS_PROGRAM)
  message(STATUS "yosys not found: the rtl_yosys_* tests are left out")
endif()
