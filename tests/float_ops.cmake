ternsim_add_test(reference_float_bodies_test TIER property SOURCES property/reference_float_bodies_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_head_test TIER property SOURCES property/reference_head_test.cpp LIBS ternsim_model)
ternsim_add_test(reference_bench_test TIER property SOURCES property/reference_bench_test.cpp LIBS ternsim_model)
ternsim_add_test(bench_command_test TIER smoke SOURCES smoke/bench_test.cpp LIBS nlohmann_json::nlohmann_json)
target_compile_definitions(bench_command_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(bench_command_test ternsim)
