ternsim_add_test(cli_test TIER smoke SOURCES smoke/cli_test.cpp LIBS ternsim_formats nlohmann_json::nlohmann_json)
target_compile_definitions(cli_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(cli_test ternsim)
