ternsim_add_test(lockstep_test TIER cosim SYSTEMC SOURCES cosim/lockstep_test.cpp LIBS ternsim_lockstep)
ternsim_add_test(verify_test TIER smoke SOURCES smoke/verify_test.cpp LIBS ternsim_base nlohmann_json::nlohmann_json)
target_compile_definitions(verify_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>"
                           TERNSIM_WAVEFORMS=$<BOOL:${TERNSIM_WAVEFORMS}>)
add_dependencies(verify_test ternsim)
