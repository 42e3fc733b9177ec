ternsim_add_test(formats_closed_form_test TIER closed_form
  SOURCES closed_form/formats_gguf_test.cpp closed_form/formats_i2s_test.cpp closed_form/formats_model_test.cpp
          closed_form/formats_shape_yaml_test.cpp
  LIBS ternsim_formats)
ternsim_add_test(tokenizer_closed_form_test TIER closed_form
  SOURCES closed_form/tokenizer_bpe_test.cpp closed_form/tokenizer_pretokenizer_test.cpp
  LIBS ternsim_formats)
ternsim_add_test(formats_property_test TIER property
  SOURCES property/formats_damage_test.cpp
  LIBS ternsim_formats)
ternsim_add_test(tokenizer_property_test TIER property
  SOURCES property/tokenizer_property_test.cpp
  LIBS ternsim_formats)
