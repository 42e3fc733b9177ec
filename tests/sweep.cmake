ternsim_add_test(child_processes_test TIER closed_form SOURCES closed_form/child_processes_test.cpp LIBS ternsim_base)
ternsim_add_test(sweep_file_test TIER closed_form SYSTEMC SOURCES closed_form/sweep_file_test.cpp LIBS ternsim_sweep)
ternsim_add_test(sweep_front_test TIER closed_form SYSTEMC SOURCES closed_form/sweep_front_test.cpp LIBS ternsim_sweep)
ternsim_add_test(sweep_store_test TIER closed_form SYSTEMC SOURCES closed_form/sweep_store_test.cpp LIBS ternsim_sweep)

ternsim_add_test(sweep_test TIER smoke SYSTEMC SOURCES smoke/sweep_test.cpp LIBS ternsim_sweep nlohmann_json::nlohmann_json)
target_compile_definitions(sweep_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>"
                           TERNSIM_VERSION="${PROJECT_VERSION}")
add_dependencies(sweep_test ternsim)

# The front in docs/reference/sweeps.md, against designs simulated anew. `sweeps_doc docs/reference/sweeps.md write STORE`
# renews it from the store of `ternsim sweep edge-2b4t`.
add_executable(sweeps_doc smoke/sweeps_doc.cpp document_main.cpp)
target_link_libraries(sweeps_doc PRIVATE ternsim_sweep ternsim_formats nlohmann_json::nlohmann_json SystemC::systemc fmt::fmt)
target_compile_definitions(sweeps_doc PRIVATE TERNSIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME sweeps_doc_is_fresh COMMAND sweeps_doc ${CMAKE_SOURCE_DIR}/docs/reference/sweeps.md check)
set_tests_properties(sweeps_doc_is_fresh PROPERTIES LABELS smoke TIMEOUT 120)

# The page's script runs only in a browser.
find_program(NODE_PROGRAM node)
find_program(CHROMIUM_PROGRAM NAMES chromium chromium-browser google-chrome)
if(CHROMIUM_PROGRAM)
  add_test(NAME sweep_page_in_browser
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/smoke/sweep_page.sh $<TARGET_FILE:ternsim> ${CHROMIUM_PROGRAM}
                   "$<$<BOOL:${NODE_PROGRAM}>:${NODE_PROGRAM}>")
  set_tests_properties(sweep_page_in_browser PROPERTIES LABELS smoke TIMEOUT 180)
endif()
