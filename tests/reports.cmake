add_library(reports_sample_tree STATIC closed_form/reports_sample_tree.cpp)
target_include_directories(reports_sample_tree PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/closed_form)
target_link_libraries(reports_sample_tree PUBLIC ternsim_base)

ternsim_add_test(reports_writers_test TIER closed_form
                 SOURCES closed_form/reports_writers_test.cpp closed_form/reports_text_test.cpp
                         closed_form/reports_page_test.cpp closed_form/reports_table_test.cpp
                 LIBS ternsim_reports reports_sample_tree nlohmann_json::nlohmann_json)

add_executable(reports_sample_page smoke/reports_sample_page.cpp)
target_link_libraries(reports_sample_page PRIVATE ternsim_reports reports_sample_tree)

# The page's scripts run only in a browser: where one is there, the page is drawn and its document looked at.
find_program(NODE_PROGRAM node)
find_program(CHROMIUM_PROGRAM NAMES chromium chromium-browser google-chrome)
if(NODE_PROGRAM AND CHROMIUM_PROGRAM)
  add_test(NAME reports_page_in_browser
           COMMAND ${NODE_PROGRAM} ${CMAKE_SOURCE_DIR}/reports/web/check_page.mjs ${CHROMIUM_PROGRAM}
                   ${CMAKE_CURRENT_BINARY_DIR}/reports_page_in_browser sample $<TARGET_FILE:reports_sample_page>)
  add_test(NAME reports_of_runs_in_browser
           COMMAND ${NODE_PROGRAM} ${CMAKE_SOURCE_DIR}/reports/web/check_page.mjs ${CHROMIUM_PROGRAM}
                   ${CMAKE_CURRENT_BINARY_DIR}/reports_of_runs_in_browser report $<TARGET_FILE:ternsim>)
  set_tests_properties(reports_page_in_browser reports_of_runs_in_browser PROPERTIES LABELS smoke TIMEOUT 600)
endif()

ternsim_add_test(results_diff_test TIER closed_form SOURCES closed_form/results_diff_test.cpp
                 LIBS ternsim_reports reports_sample_tree)
ternsim_add_test(compare_results_test TIER closed_form
                 SOURCES closed_form/compare_results_test.cpp closed_form/block_table_test.cpp
                 LIBS ternsim_reports reports_sample_tree)

# The page that compares results, of synthetic ones, in a browser.
add_executable(compare_sample_page smoke/compare_sample_page.cpp)
target_link_libraries(compare_sample_page PRIVATE ternsim_reports reports_sample_tree)
if(NODE_PROGRAM AND CHROMIUM_PROGRAM)
  add_test(NAME compare_page_in_browser
           COMMAND ${NODE_PROGRAM} ${CMAKE_SOURCE_DIR}/reports/web/check_compare.mjs ${CHROMIUM_PROGRAM}
                   $<TARGET_FILE:compare_sample_page> ${CMAKE_CURRENT_BINARY_DIR}/compare_page_in_browser)
  set_tests_properties(compare_page_in_browser PROPERTIES LABELS smoke TIMEOUT 180)
endif()

ternsim_add_test(results_damage_test TIER property SOURCES property/results_damage_test.cpp fuzz/json_mutator.cpp
                 LIBS ternsim_reports reports_sample_tree nlohmann_json::nlohmann_json)

# What the commands print with --json, held to its published schema; Debian's jsonschema is of Debian's Python.
find_program(DEBIAN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(DEBIAN_PYTHON)
  add_test(NAME results_schema
           COMMAND ${DEBIAN_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/smoke/results_schema.py $<TARGET_FILE:ternsim>
                   ${CMAKE_SOURCE_DIR}/docs/reference/results.schema.json ${CMAKE_CURRENT_BINARY_DIR}/results_schema)
else()
  add_test(NAME results_schema COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: /usr/bin/python3 is not there")
endif()
set_tests_properties(results_schema PROPERTIES LABELS smoke TIMEOUT 300 SKIP_REGULAR_EXPRESSION "SKIPPED")
