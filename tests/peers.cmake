# Programs of tests/peers/llama_cpp.sh, which builds them when it needs them.
foreach(program write_swiglu_model our_logits)
  add_executable(${program} EXCLUDE_FROM_ALL peers/${program}.cpp)
  target_link_libraries(${program} PRIVATE ternsim_formats)
endforeach()
