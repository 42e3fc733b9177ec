ternsim_add_test(sim_timeline_test TIER schedule SYSTEMC SOURCES schedule/sim_timeline_test.cpp LIBS ternsim_sim)
ternsim_add_test(trace_test TIER schedule SYSTEMC SOURCES schedule/trace_test.cpp
                 LIBS ternsim_explore nlohmann_json::nlohmann_json)
ternsim_add_test(timeline_test TIER schedule SYSTEMC SOURCES schedule/timeline_test.cpp LIBS ternsim_explore)
ternsim_add_test(sim_operators_test TIER closed_form SYSTEMC SOURCES closed_form/sim_operators_test.cpp
                 LIBS ternsim_explore ternsim_reports)
ternsim_add_test(sim_report_test TIER smoke SYSTEMC SOURCES smoke/sim_report_test.cpp
                 LIBS ternsim_explore nlohmann_json::nlohmann_json)
target_compile_definitions(sim_report_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(sim_report_test ternsim)
ternsim_add_test(ladder_test TIER smoke SOURCES smoke/ladder_test.cpp LIBS ternsim_base nlohmann_json::nlohmann_json)
target_compile_definitions(ladder_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(ladder_test ternsim)
ternsim_add_test(operator_costs_test TIER closed_form SYSTEMC SOURCES closed_form/operator_costs_test.cpp
                 LIBS ternsim_explore nlohmann_json::nlohmann_json)
ternsim_add_test(operators_test TIER smoke SOURCES smoke/operators_test.cpp LIBS ternsim_base)
target_compile_definitions(operators_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(operators_test ternsim)
ternsim_add_test(equal_speed_test TIER property SYSTEMC SOURCES property/equal_speed_test.cpp LIBS ternsim_explore)
