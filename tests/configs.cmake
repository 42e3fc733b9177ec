ternsim_add_test(model_shapes_test TIER closed_form SOURCES closed_form/model_shapes_test.cpp LIBS ternsim_formats)
ternsim_add_test(topology_test TIER closed_form SOURCES closed_form/topology_test.cpp LIBS ternsim_program)
ternsim_add_test(products_test TIER schedule SYSTEMC SOURCES schedule/products_test.cpp LIBS ternsim_explore)
ternsim_add_test(machines_test TIER property SYSTEMC SOURCES property/machines_test.cpp
                 LIBS ternsim_explore ternsim_formats)
ternsim_add_test(designs_test TIER smoke SOURCES smoke/designs_test.cpp LIBS ternsim_base nlohmann_json::nlohmann_json)
target_compile_definitions(designs_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(designs_test ternsim)

# The tables of docs/reference/machines.md, against a fresh run: of all designs, and of the machines that take a second
# each or less. `machines_doc docs/reference/machines.md write` renews all rows.
add_executable(machines_doc smoke/machines_doc.cpp document_main.cpp)
target_link_libraries(machines_doc PRIVATE ternsim_explore ternsim_formats SystemC::systemc fmt::fmt)
target_compile_definitions(machines_doc PRIVATE TERNSIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME machines_doc_is_fresh
         COMMAND machines_doc ${CMAKE_SOURCE_DIR}/docs/reference/machines.md check edge-lpddr5x server-hbm rom-resident
                 nano fpga-kv260 fpga-u280-hbm)
set_tests_properties(machines_doc_is_fresh PROPERTIES LABELS smoke TIMEOUT 120)

# The tables of docs/reference/technologies.md. `technologies_doc docs/reference/technologies.md write` renews them.
add_executable(technologies_doc smoke/technologies_doc.cpp document_main.cpp)
target_link_libraries(technologies_doc PRIVATE ternsim_explore ternsim_formats SystemC::systemc fmt::fmt)
target_compile_definitions(technologies_doc PRIVATE TERNSIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME technologies_doc_is_fresh
         COMMAND technologies_doc ${CMAKE_SOURCE_DIR}/docs/reference/technologies.md check)
set_tests_properties(technologies_doc_is_fresh PROPERTIES LABELS smoke TIMEOUT 120)
