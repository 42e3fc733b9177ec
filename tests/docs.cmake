# Every command of the documentation and of the program's help, as it stands there.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  set(run ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/docs/run_commands.py)
  add_test(NAME docs_commands COMMAND ${run} $<TARGET_FILE:ternsim> ${CMAKE_SOURCE_DIR})
  add_test(NAME docs_links COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/docs/check_links.py ${CMAKE_SOURCE_DIR})
  set_tests_properties(docs_links PROPERTIES LABELS smoke)
  add_test(NAME soak_docs_commands COMMAND ${run} --slow $<TARGET_FILE:ternsim> ${CMAKE_SOURCE_DIR})
else()
  foreach(name docs_commands soak_docs_commands)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: python3 is not installed")
  endforeach()
endif()
set_tests_properties(docs_commands PROPERTIES LABELS smoke TIMEOUT 1200 SKIP_REGULAR_EXPRESSION "SKIPPED"
                     ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
set_tests_properties(soak_docs_commands PROPERTIES LABELS soak TIMEOUT 7200 SKIP_REGULAR_EXPRESSION "SKIPPED"
                     ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
