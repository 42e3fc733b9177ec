ternsim_add_test(kernels_packed_test TIER closed_form SOURCES closed_form/kernels_packed_test.cpp
                 LIBS ternsim_kernels)
if(NOT TERNSIM_NO_SIMD)
  target_compile_definitions(kernels_packed_test PRIVATE TERNSIM_SIMD_BUILT)
endif()
ternsim_add_test(kernels_gemm_test TIER property SOURCES property/kernels_gemm_test.cpp LIBS ternsim_kernels)
ternsim_add_test(kernels_engine_test TIER closed_form SOURCES closed_form/kernels_engine_test.cpp LIBS ternsim_model)
ternsim_add_test(kernels_two_bit_test TIER property SOURCES property/kernels_two_bit_test.cpp LIBS ternsim_kernels)
ternsim_add_test(reference_numerics_test TIER closed_form SOURCES closed_form/reference_numerics_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_half_test TIER closed_form SOURCES closed_form/reference_half_test.cpp LIBS ternsim_model)
ternsim_add_test(reference_float_ops_test TIER closed_form SOURCES closed_form/reference_float_ops_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_graph_test TIER closed_form SOURCES closed_form/reference_graph_test.cpp LIBS ternsim_model)
ternsim_add_test(reference_sampler_test TIER closed_form SOURCES closed_form/reference_sampler_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_perplexity_test TIER closed_form SOURCES closed_form/reference_perplexity_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_schemes_test TIER closed_form SOURCES closed_form/reference_schemes_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_rounding_test TIER closed_form SOURCES closed_form/reference_rounding_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_refusals_test TIER property SOURCES property/reference_refusals_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_mapping_test TIER schedule SOURCES schedule/reference_mapping_test.cpp
                 LIBS ternsim_program)
ternsim_add_test(reference_chat_test TIER closed_form SOURCES closed_form/reference_chat_test.cpp LIBS ternsim_formats)
ternsim_add_test(reference_allocation_test TIER property SOURCES property/reference_allocation_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_cli_test TIER smoke SOURCES smoke/reference_cli_test.cpp LIBS nlohmann_json::nlohmann_json)
target_compile_definitions(reference_cli_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(reference_cli_test ternsim)
ternsim_add_test(reference_inference_test TIER property SOURCES property/reference_inference_test.cpp
                 LIBS ternsim_model)
ternsim_add_test(reference_oracle_test TIER property SOURCES property/reference_oracle_test.cpp LIBS ternsim_model)
ternsim_add_test(reference_bits_test TIER property SOURCES property/reference_bits_test.cpp LIBS ternsim_model)
ternsim_add_test(reference_variants_test TIER property SOURCES property/reference_variants_test.cpp
                 LIBS ternsim_model)

# Not Eigen3::Eigen: a SYSTEM include keeps warnings in its headers from being errors.
find_path(EIGEN3_INCLUDE_DIR Eigen/Core PATH_SUFFIXES eigen3 REQUIRED)
foreach(test kernels_gemm_test reference_half_test reference_oracle_test)
  target_include_directories(${test} SYSTEM PRIVATE ${EIGEN3_INCLUDE_DIR})
endforeach()
