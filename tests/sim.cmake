ternsim_add_test(sim_dram_timing_test TIER unit_timing SYSTEMC SOURCES unit_timing/sim_dram_timing_test.cpp LIBS ternsim_sim)
ternsim_add_test(sim_dram_config_test TIER unit_timing SYSTEMC SOURCES unit_timing/sim_dram_config_test.cpp
                 LIBS ternsim_sim ternsim_energy)
ternsim_add_test(sim_dram_target_test TIER unit_timing SYSTEMC SOURCES unit_timing/sim_dram_target_test.cpp LIBS ternsim_sim)
ternsim_add_test(sim_dram_models_test TIER property SYSTEMC SOURCES property/sim_dram_models_test.cpp LIBS ternsim_sim)
ternsim_add_test(sim_matrix_timing_test TIER unit_timing SYSTEMC SOURCES unit_timing/sim_matrix_timing_test.cpp
                 LIBS ternsim_sim)
ternsim_add_test(sim_accelerator_test TIER schedule SYSTEMC SOURCES schedule/sim_accelerator_test.cpp
                 LIBS ternsim_explore ternsim_formats)
ternsim_add_test(sim_adder_tree_test TIER property SYSTEMC SOURCES property/sim_adder_tree_test.cpp LIBS ternsim_sim)
ternsim_add_test(sim_monotonic_test TIER property SYSTEMC SOURCES property/sim_monotonic_test.cpp LIBS ternsim_explore)
ternsim_add_test(sim_functional_test TIER property SYSTEMC SOURCES property/sim_functional_test.cpp LIBS ternsim_explore)
ternsim_add_test(engines_test TIER cosim SYSTEMC SOURCES cosim/engines_test.cpp LIBS ternsim_cosim ternsim_sim ternsim_rtl)
