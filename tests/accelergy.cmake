ternsim_add_test(accelergy_test TIER closed_form SOURCES closed_form/accelergy_test.cpp LIBS ternsim_energy)
ternsim_add_test(accelergy_cli_test TIER smoke SOURCES smoke/accelergy_cli_test.cpp
                 LIBS ternsim_energy nlohmann_json::nlohmann_json)
target_compile_definitions(accelergy_cli_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(accelergy_cli_test ternsim)
