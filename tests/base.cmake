ternsim_add_test(base_test TIER closed_form SOURCES closed_form/base_yaml_test.cpp closed_form/base_values_test.cpp
                 LIBS ternsim_base)
add_test(NAME room_includes COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR}
         -P ${CMAKE_CURRENT_SOURCE_DIR}/smoke/room_includes.cmake)
set_tests_properties(room_includes PROPERTIES LABELS smoke)
add_test(NAME tests_described COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR}
         -P ${CMAKE_CURRENT_SOURCE_DIR}/smoke/tests_described.cmake)
set_tests_properties(tests_described PROPERTIES LABELS smoke)
