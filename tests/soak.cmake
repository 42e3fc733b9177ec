# The random tests again, many times longer: `ctest -L soak`, which only ./test.sh --soak runs.
function(ternsim_add_soak name test filter factor)
  add_test(NAME soak_${name} COMMAND ${test} --gtest_filter=${filter})
  set_tests_properties(soak_${name} PROPERTIES LABELS soak TIMEOUT 3600
                       ENVIRONMENT TERNSIM_SOAK=${factor})
endfunction()

ternsim_add_soak(rtl_vectors rtl_cosim_test *RandomProducts* 2500)       # over 10^6 token vectors in all
ternsim_add_soak(rtl_engine_vectors rtl_engine_top_cosim_test *RandomProducts* 1700)  # over 10^5 a configuration
ternsim_add_soak(gguf_damage formats_property_test Damage.RandomBytesAnywhere 250)  # 2 * 10^6 damaged files
ternsim_add_soak(kernel_shapes kernels_gemm_test *Random* 100)
ternsim_add_soak(monotonic sim_monotonic_test * 20)
# One process each: SystemC elaborates once.
foreach(name IN LISTS TERNSIM_RTL_CONFIGS)
  ternsim_add_soak(validation_${name} validation_test Configs/FreshSeed.EveryCycle*/${name} 100)  # 6000 programs
endforeach()

# The ladders of every machine, minutes of simulation, against the committed tables.
add_test(NAME soak_ladder_table
         COMMAND ${CMAKE_COMMAND} "-DCOMMAND=$<TARGET_FILE:ternsim> ladder --all --markdown"
                 -DDOCUMENT=${CMAKE_SOURCE_DIR}/docs/reference/ladder_table.md -DFRESH=${CMAKE_CURRENT_BINARY_DIR}/ladder_table.md
                 -P ${CMAKE_CURRENT_SOURCE_DIR}/smoke/document_is_fresh.cmake)
set_tests_properties(soak_ladder_table PROPERTIES LABELS soak TIMEOUT 3600)

# 10^6 vectors in lockstep on reference, SystemC, RTL unit and RTL engine, K of 256 and more, three quarters of them with
# gaps and back-pressure: 250000 on each configuration.
foreach(name IN LISTS TERNSIM_RTL_CONFIGS)
  add_test(NAME soak_verify_${name} COMMAND ternsim verify --rtl ${name} --vectors 250000 --min-columns 256)
  # One layer of the 2B4T shape, 69 million weights, cut into the commands of one token.
  add_test(NAME soak_verify_layer_${name} COMMAND ternsim verify --rtl ${name} --program layer)
  set_tests_properties(soak_verify_${name} soak_verify_layer_${name} PROPERTIES LABELS soak TIMEOUT 3600)
endforeach()
