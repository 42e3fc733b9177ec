ternsim_add_test(tokenizer_closed_form_test TIER closed_form
  SOURCES closed_form/tokenizer_bpe_test.cpp closed_form/tokenizer_pretokenizer_test.cpp
          closed_form/tokenizer_sentencepiece_test.cpp closed_form/tokenizer_gguf_test.cpp
          closed_form/tokenizer_json_test.cpp closed_form/tokenizer_tiktoken_test.cpp
          closed_form/tokenizer_chat_test.cpp
  LIBS ternsim_formats nlohmann_json::nlohmann_json)
ternsim_add_test(tokenizer_property_test TIER property
  SOURCES property/tokenizer_property_test.cpp property/tokenizer_bodies_test.cpp
  LIBS ternsim_formats)

# What tests/oracles/tokenizers.sh compares with other tokenizers.
add_executable(tokenizer_encode_lines oracles/encode_lines.cpp)
target_link_libraries(tokenizer_encode_lines PRIVATE ternsim_formats nlohmann_json::nlohmann_json)
