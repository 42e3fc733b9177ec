# Serial elements for the synthesis comparison, and the committed synthesis report against the sources: hashes of all
# designs and the generic gates of two, which needs no Liberty file. rtl/synth/README.md has the command that renews it.
ternsim_add_test(rtl_leaf_pe_test TIER cosim SOURCES cosim/rtl_leaf_pe_test.cpp LIBS rtl_leaf_clock)
ternsim_leaf_refused(ternary_pe "AccumulatorBits must hold" -GAccumulatorBits=8)
ternsim_leaf_refused(int8_pe "AccumulatorBits must hold" -GAccumulatorBits=15)

ternsim_add_test(synth_vectors_test TIER closed_form SOURCES closed_form/synth_vectors_test.cpp
                 LIBS ternsim_synth_vectors)

ternsim_add_test(clock_limit_test TIER closed_form SYSTEMC SOURCES closed_form/clock_limit_test.cpp LIBS ternsim_explore)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME synthesised_technology_is_fresh
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/rtl/synth/technology.py --check)
else()
  add_test(NAME synthesised_technology_is_fresh COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: python3 is not installed")
endif()
set_tests_properties(synthesised_technology_is_fresh PROPERTIES LABELS smoke SKIP_REGULAR_EXPRESSION "SKIPPED"
                     ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

foreach(top int_add int_multiply ternary_lane word_mux word_register fp32_multiply ternary_tree)
  add_test(NAME synth_operator_lint_${top} COMMAND ${VERILATOR_BIN} --lint-only -Wall --top ${top}
           -y ${CMAKE_SOURCE_DIR}/rtl/synth/operators -y ${CMAKE_SOURCE_DIR}/rtl/src
           ${CMAKE_SOURCE_DIR}/rtl/synth/operators/${top}.sv)
  set_tests_properties(synth_operator_lint_${top} PROPERTIES LABELS smoke)
endforeach()

if(YOSYS_PROGRAM AND Python3_FOUND)
  add_test(NAME synthesis_report_is_fresh
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/rtl/synth/run.py
                   --check ${CMAKE_SOURCE_DIR}/reports/synthesis --work ${CMAKE_CURRENT_BINARY_DIR}/synthesis)
  add_test(NAME synthesis_energy_by_hand
           COMMAND ${Python3_EXECUTABLE} -m unittest discover -s ${CMAKE_CURRENT_SOURCE_DIR}/synth -t
                   ${CMAKE_CURRENT_SOURCE_DIR}/synth -p *_test.py)
  set_tests_properties(synthesis_energy_by_hand PROPERTIES ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1"
                       LABELS closed_form)
  set_tests_properties(synthesis_report_is_fresh PROPERTIES LABELS smoke TIMEOUT 120)
else()
  add_test(NAME synthesis_report_is_fresh COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: yosys or python3 is not installed")
  set_tests_properties(synthesis_report_is_fresh PROPERTIES LABELS smoke SKIP_REGULAR_EXPRESSION "SKIPPED")
endif()
