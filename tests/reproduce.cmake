ternsim_add_test(published_tables_test TIER closed_form SYSTEMC SOURCES closed_form/published_tables_test.cpp
                 LIBS ternsim_explore ternsim_formats)
ternsim_add_test(reproduce_test TIER smoke SOURCES smoke/reproduce_test.cpp LIBS ternsim_base nlohmann_json::nlohmann_json)
target_compile_definitions(reproduce_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(reproduce_test ternsim)
ternsim_add_test(reports_markdown_test TIER closed_form SOURCES closed_form/reports_markdown_test.cpp LIBS ternsim_reports)
