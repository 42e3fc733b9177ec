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
                   $<TARGET_FILE:reports_sample_page> ${CMAKE_CURRENT_BINARY_DIR}/reports_page_in_browser)
  set_tests_properties(reports_page_in_browser PROPERTIES LABELS smoke TIMEOUT 180)
endif()

ternsim_add_test(results_diff_test TIER closed_form SOURCES closed_form/results_diff_test.cpp
                 LIBS ternsim_reports reports_sample_tree)
ternsim_add_test(results_damage_test TIER property SOURCES property/results_damage_test.cpp fuzz/json_mutator.cpp
                 LIBS ternsim_reports reports_sample_tree nlohmann_json::nlohmann_json)
