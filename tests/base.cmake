ternsim_add_test(base_test TIER closed_form SOURCES closed_form/base_yaml_test.cpp closed_form/base_values_test.cpp
                 LIBS ternsim_base)
