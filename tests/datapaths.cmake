ternsim_add_test(datapath_cycles_test TIER unit_timing SOURCES unit_timing/datapath_cycles_test.cpp
                 LIBS ternsim_datapaths)
ternsim_add_test(datapath_counts_test TIER closed_form SOURCES closed_form/datapath_counts_test.cpp
                 LIBS ternsim_datapaths)
ternsim_add_test(datapath_sums_test TIER property SOURCES property/datapath_sums_test.cpp LIBS ternsim_datapaths)
ternsim_add_test(datapath_expectation_test TIER property SOURCES property/datapath_expectation_test.cpp
                 LIBS ternsim_datapaths)
ternsim_add_test(datapath_machine_test TIER schedule SYSTEMC SOURCES schedule/datapath_machine_test.cpp
                 LIBS ternsim_explore ternsim_formats)
ternsim_add_test(datapath_config_test TIER closed_form SOURCES closed_form/datapath_config_test.cpp
                 LIBS ternsim_datapaths)
