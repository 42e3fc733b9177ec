# The modules beside the ternary matrix unit: trit decoder, requantisation, and the INT8 and FP16 baselines. Their C++
# models (models/), and for the tests each module Verilated with a few sets of parameters.

ternsim_add_library(ternsim_rtl_models models/half_mac.cpp models/int8_mac.cpp models/requantise.cpp
                    models/ternary_pe.cpp models/trit_codes.cpp)
target_link_libraries(ternsim_rtl_models PUBLIC ternsim_base)

set(leaf_trit_decoder trit_decoder_byte trit_decoder stream_assertions)
set(leaf_int8_mac_array int8_dot int8_mac_array stream_assertions)
set(leaf_fp16_mac fp16_mac_round fp16_mac_multiply fp16_mac_add fp16_mac stream_assertions)
set(leaf_replay_buffer replay_buffer stream_assertions)
set(leaf_command_queue command_queue)
set(leaf_axi_lite_port axi_lite_port stream_assertions)
set(leaf_ternary_pe ternary_pe)
set(leaf_int8_pe int8_pe)
set(leaf_requantise requantise_scale requantise_reciprocal requantise_quantise requantise stream_assertions)
foreach(top trit_decoder int8_mac_array fp16_mac requantise ternary_pe int8_pe replay_buffer command_queue
        axi_lite_port)
  list(TRANSFORM leaf_${top} REPLACE "(.+)" "${CMAKE_CURRENT_SOURCE_DIR}/src/\\1.sv")
  set(TERNSIM_RTL_LEAF_${top}_SOURCES ${leaf_${top}} CACHE INTERNAL "SystemVerilog sources of ${top}")
endforeach()

# ternsim_leaf(NAME TOP -GParameter=value...): V<NAME> in ternsim_rtl_leaves, and its arguments for the lint tests.
function(ternsim_leaf name top)
  verilate(ternsim_rtl_leaves PREFIX V${name} TOP_MODULE ${top} SOURCES ${TERNSIM_RTL_LEAF_${top}_SOURCES}
           VERILATOR_ARGS -Wall -Wno-DECLFILENAME --assert ${coverage} ${ARGN} OPT_FAST ${optimise} OPT_SLOW -O0)
  set(TERNSIM_RTL_LEAF_${name}_TOP ${top} CACHE INTERNAL "top module of ${name}")
  set(TERNSIM_RTL_LEAF_${name}_ARGS ${ARGN} CACHE INTERNAL "parameters of ${name} for Verilator")
  set(leaves ${leaves} ${name} PARENT_SCOPE)
endfunction()

if(TERNSIM_TESTS)
  # The print function by itself, so that the tests need not link all of ternsim_rtl.
  ternsim_add_library(ternsim_rtl_leaf_print EXCLUDE_FROM_ALL verilated_print.cpp)
  # Generated code is not ours: none of our warning options, and a SYSTEM include for who uses it.
  add_library(ternsim_rtl_leaves STATIC EXCLUDE_FROM_ALL)
  if(TERNSIM_RTL_COVERAGE)
    target_sources(ternsim_rtl_leaf_print PRIVATE verilated_coverage.cpp)
    target_compile_definitions(ternsim_rtl_leaf_print PUBLIC TERNSIM_RTL_COVERAGE)
    target_include_directories(ternsim_rtl_leaf_print SYSTEM PRIVATE ${VERILATOR_ROOT}/include)
  endif()
  target_compile_definitions(ternsim_rtl_leaves PUBLIC VL_PRINTF=ternsim_verilated_print)
  # Verilator's own header takes the address of a thread-local that GCC 12's sanitizer holds for null.
  target_compile_options(ternsim_rtl_leaves PUBLIC -fno-sanitize=null)
  target_compile_options(ternsim_rtl_leaves PRIVATE ${generated_options})
  set(leaves "")
  ternsim_leaf(trit_decoder_8 trit_decoder -GBytes=8)
  ternsim_leaf(trit_decoder_1 trit_decoder -GBytes=1)
  ternsim_leaf(int8_mac_array_4x16 int8_mac_array -GRows=4 -GLanes=16 -GSlots=4 -GLevelsPerStage=1)
  ternsim_leaf(int8_mac_array_1x64 int8_mac_array -GRows=1 -GLanes=64 -GSlots=1 -GLevelsPerStage=4
               -GRegisterProducts=0 -GAccumulatorBits=22)
  ternsim_leaf(fp16_mac_half fp16_mac -GRows=8 -GSlots=4 -GAccumulatorBits=16)
  ternsim_leaf(fp16_mac_half_deep fp16_mac -GRows=1 -GSlots=3 -GAccumulatorBits=16 -GMultiplyStages=2 -GAddStages=2)
  ternsim_leaf(fp16_mac_single fp16_mac -GRows=8 -GSlots=4 -GAccumulatorBits=32)
  ternsim_leaf(fp16_mac_single_deep fp16_mac -GRows=1 -GSlots=3 -GAccumulatorBits=32 -GMultiplyStages=2
               -GAddStages=2)
  ternsim_leaf(ternary_pe_32 ternary_pe -GAccumulatorBits=32)
  ternsim_leaf(ternary_pe_12 ternary_pe -GAccumulatorBits=12)
  ternsim_leaf(int8_pe_32 int8_pe -GAccumulatorBits=32)
  ternsim_leaf(replay_buffer_5 replay_buffer -GWidth=5 -GDepth=4)
  ternsim_leaf(command_queue_2 command_queue -GWidth=5 -GDepth=2 -GReaders=2)
  ternsim_leaf(axi_lite_port_8 axi_lite_port -GAddrBits=8)
  ternsim_leaf(requantise_4 requantise -GLanes=4 -GMaxBeats=64)
  ternsim_leaf(requantise_1 requantise -GLanes=1 -GMaxBeats=5 -GFractionBits=10 -GAbsmaxFloor=100)
  get_target_property(includes ternsim_rtl_leaves INTERFACE_INCLUDE_DIRECTORIES)
  set_property(TARGET ternsim_rtl_leaves PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${includes})
  set(TERNSIM_RTL_LEAVES ${leaves} CACHE INTERNAL "names of the Verilated leaf modules")
endif()
