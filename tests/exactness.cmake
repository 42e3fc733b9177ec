# The golden vectors once for each instruction set: the float operations choose theirs once a process.
add_executable(exactness_test exactness/golden_test.cpp exactness/golden_cases.cpp)
target_link_libraries(exactness_test PRIVATE ternsim_model GTest::gtest)
target_compile_definitions(exactness_test PRIVATE TERNSIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
set(instruction_sets scalar avx2 avx512 amx)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(instruction_sets scalar neon neon-dotprod)
endif()
foreach(isa ${instruction_sets})
  add_test(NAME golden_${isa} COMMAND exactness_test)
  set_tests_properties(golden_${isa} PROPERTIES ENVIRONMENT TERNSIM_ISA=${isa} LABELS property
                       SKIP_REGULAR_EXPRESSION "${isa} is not available here")
endforeach()
