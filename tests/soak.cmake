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
