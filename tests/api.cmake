# The library as other programs get it: through the target of the package.
ternsim_add_test(api_test TIER smoke SOURCES smoke/api_test.cpp LIBS ternsim::ternsim nlohmann_json::nlohmann_json)
target_include_directories(api_test PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_definitions(api_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(api_test ternsim)
ternsim_add_test(api_systemc_test TIER smoke SYSTEMC SOURCES smoke/api_systemc_test.cpp LIBS ternsim::ternsim)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME install_package
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/smoke/install_package.py ${CMAKE_COMMAND}
                   ${CMAKE_CXX_COMPILER} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
else()
  add_test(NAME install_package COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: python3 is not installed")
endif()
set_tests_properties(install_package PROPERTIES LABELS smoke TIMEOUT 600 SKIP_REGULAR_EXPRESSION "SKIPPED")

add_test(NAME api_document COMMAND ${CMAKE_COMMAND} -DDOCUMENT=${CMAKE_SOURCE_DIR}/docs/reference/api.md
         -DPROGRAM=${CMAKE_SOURCE_DIR}/examples/api/channels.cpp -DBUILD=${CMAKE_SOURCE_DIR}/examples/api/CMakeLists.txt
         -P ${CMAKE_CURRENT_SOURCE_DIR}/smoke/document_holds_files.cmake)
set_tests_properties(api_document PROPERTIES LABELS smoke)
