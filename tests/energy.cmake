ternsim_add_test(energy_technology_test TIER closed_form SOURCES closed_form/energy_technology_test.cpp
                 LIBS ternsim_energy)
ternsim_add_test(energy_node_scaling_test TIER closed_form SOURCES closed_form/energy_node_scaling_test.cpp
                 LIBS ternsim_energy)
ternsim_add_test(energy_synthesised_test TIER closed_form SOURCES closed_form/energy_synthesised_test.cpp
                 LIBS ternsim_energy nlohmann_json::nlohmann_json)
ternsim_add_test(energy_ladder_test TIER closed_form SOURCES closed_form/energy_ladder_test.cpp LIBS ternsim_energy)
ternsim_add_test(energy_model_test TIER closed_form SOURCES closed_form/energy_model_test.cpp LIBS ternsim_energy)
ternsim_add_test(energy_published_test TIER closed_form SOURCES closed_form/energy_published_test.cpp
                 LIBS ternsim_energy)
ternsim_add_test(energy_report_test TIER closed_form SOURCES closed_form/energy_report_test.cpp LIBS ternsim_energy)
ternsim_add_test(energy_conservation_test TIER property SOURCES property/energy_conservation_test.cpp
                 LIBS ternsim_energy)
