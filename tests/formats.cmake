ternsim_add_test(formats_closed_form_test TIER closed_form
  SOURCES closed_form/formats_gguf_test.cpp closed_form/formats_i2s_test.cpp closed_form/formats_model_test.cpp
          closed_form/formats_shape_yaml_test.cpp closed_form/formats_ternary_test.cpp
          closed_form/formats_blocks_test.cpp closed_form/formats_checkpoint_test.cpp
          closed_form/formats_variants_test.cpp closed_form/formats_inspection_test.cpp
          closed_form/formats_rope_test.cpp
  LIBS ternsim_formats)
ternsim_add_test(formats_property_test TIER property
  SOURCES property/formats_damage_test.cpp property/formats_safetensors_damage_test.cpp
          property/formats_synthesize_test.cpp
  LIBS ternsim_formats)
ternsim_add_test(formats_cli_test TIER smoke
  SOURCES smoke/formats_cli_test.cpp
  LIBS ternsim_formats nlohmann_json::nlohmann_json)
target_compile_definitions(formats_cli_test PRIVATE TERNSIM_BINARY="$<TARGET_FILE:ternsim>")
add_dependencies(formats_cli_test ternsim)
