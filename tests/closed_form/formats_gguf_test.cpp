#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "model/gguf_reader.h"
#include "model/gguf_writer.h"
#include "tests/formats_tiny.h"

namespace ternsim::model {
namespace {

using namespace testing;  // NOLINT: the helpers of this test

GgufFile parse(const RawFile& file) { return GgufFile::from_bytes(file.bytes(), "f.gguf"); }
std::string refusal(const RawFile& file) {
  return message_of<InputError>([&] { parse(file); });
}
void expect_says(const std::string& message, const std::string& part) {
  EXPECT_EQ(message.find("f.gguf: "), 0U) << message;
  EXPECT_NE(message.find(part), std::string::npos) << "wanted '" << part << "' in: " << message;
}

TEST(Gguf, ReadsWhatTheSpecificationSays) {
  for (const std::uint32_t version : {2U, 3U}) {
    RawFile raw_file = tiny_file();
    raw_file.version = version;
    raw_file.entries.emplace_back("nested", raw(std::uint32_t{9}) + raw(std::uint32_t{9}) + raw(std::uint64_t{1}) +
                                                raw(std::uint32_t{0}) + raw(std::uint64_t{3}) + "xyz");
    const GgufFile file = parse(raw_file);
    EXPECT_EQ(file.version(), version);
    EXPECT_EQ(file.metadata().size(), 21U);
    EXPECT_EQ(file.text("general.name"), "tiny");
    EXPECT_EQ(file.integer("bitnet-b1.58.embedding_length", 1, 100), 32);
    EXPECT_EQ(file.number("bitnet-b1.58.rope.freq_base", 1, 1e9), 10000.0);
    EXPECT_TRUE(file.boolean("tokenizer.ggml.add_bos_token"));
    EXPECT_EQ(file.texts("tokenizer.ggml.merges")[1], "ab c");
    EXPECT_EQ(file.integers("tokenizer.ggml.token_type", 1, 6).at(6), 3);
    const GgufTensor* tensor = file.find_tensor("blk.0.ffn_down.weight");
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->dims, (std::vector<std::int64_t>{48, 32}));
    EXPECT_EQ(tensor->type, GgufTensorType::I2_S);
    EXPECT_EQ(tensor->bytes, 48 * 32 / 4 + 32U);
    EXPECT_EQ(file.data(*tensor)[0], 0x55);
    EXPECT_EQ(file.find_tensor("blk.1.ffn_down.weight"), nullptr);
  }
}

TEST(Gguf, GettersNameKeyAndTypes) {
  const GgufFile file = parse(tiny_file());
  const auto says = [&](const std::function<void()>& body) { return message_of<InputError>(body); };
  expect_says(says([&] { file.text("no.such"); }), "'no.such' is missing; a text expected");
  expect_says(says([&] { file.integer("general.name", 0, 1); }), "'general.name' is of type text; an integer expected");
  expect_says(says([&] { file.text("tokenizer.ggml.merges"); }), "is of type array of text; a text expected");
  expect_says(says([&] { file.texts("tokenizer.ggml.token_type"); }), "array of int32; an array of texts expected");
  expect_says(says([&] { file.integer("bitnet-b1.58.embedding_length", 64, 128); }), "is 32, outside of 64 ... 128");
  expect_says(says([&] { file.integers("tokenizer.ggml.token_type", 1, 2); }), "element 6 is 3, outside of 1 ... 2");
  expect_says(says([&] { file.number("general.name", 0, 1); }), "a float32 or float64 expected");
  expect_says(says([&] { file.boolean("general.name"); }), "a boolean expected");
}

TEST(Gguf, RefusesWhatIsNoGguf) {
  const auto says = [](std::vector<std::uint8_t> bytes) {
    return message_of<InputError>([&] { GgufFile::from_bytes(bytes, "f.gguf"); });
  };
  expect_says(says({}), "the file has 0 bytes");
  expect_says(says(std::vector<std::uint8_t>(64, 'x')), "not a GGUF file");
  RawFile file = tiny_file();
  file.version = 1;
  expect_says(refusal(file), "GGUF version 1");
  file.version = 0x03000000;
  expect_says(refusal(file), "big-endian");
  EXPECT_NE(message_of<InputError>([] { GgufFile::open("/no/such/file.gguf"); }).find("/no/such/file.gguf: cannot be"),
            std::string::npos);
  EXPECT_NE(message_of<InputError>([] { GgufFile::open("/"); }).find("not a regular file"), std::string::npos);
}

TEST(Gguf, RefusesCountsThatTheFileCannotHold) {
  const auto with = [](std::size_t offset, std::uint64_t value) {
    auto bytes = tiny_file().bytes();
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return message_of<InputError>([&] { GgufFile::from_bytes(bytes, "f.gguf"); });
  };
  // Bytes 8: tensor count; 16: metadata count; 24: length of the first key.
  expect_says(with(8, std::uint64_t{1} << 60), "at byte 8: tensor count is 1152921504606846976; at most");
  expect_says(with(8, 60000), "at byte 8: tensor count is 60000, but only");
  expect_says(with(16, 65000), "at byte 16: metadata count is 65000, but only");
  expect_says(with(24, ~std::uint64_t{0}), "at byte 24: the key of metadata entry 0 has a length");

  RawFile file = tiny_file();
  file.entries.emplace_back("big", raw(std::uint32_t{9}) + raw(std::uint32_t{4}) + raw(std::uint64_t{1} << 24));
  expect_says(refusal(file), "'big''s array length is 16777216, but only");
  file.entries.back().second = raw(std::uint32_t{9}) + raw(std::uint32_t{8}) + raw(~std::uint64_t{0});
  expect_says(refusal(file), "at most 16777216 are accepted");
  file.entries.back().second = raw(std::uint32_t{13});
  expect_says(refusal(file), "type id 13");
  file.entries.back().second = bool_value(2);
  expect_says(refusal(file), "a boolean with the value 2");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += raw(std::uint32_t{9}) + raw(std::uint64_t{1});
  file.entries.back().second = raw(std::uint32_t{9}) + deep + raw(std::uint32_t{0}) + raw(std::uint64_t{0});
  expect_says(refusal(file), "nests arrays deeper than 3");
}

TEST(Gguf, RefusesTwinsAndUnknownTypes) {
  RawFile file = tiny_file();
  file.entries.push_back(file.entries[1]);
  expect_says(refusal(file), "'general.name' stands twice");
  file = tiny_file();
  file.tensors.push_back(file.tensors[1]);
  expect_says(refusal(file), "tensor 'output_norm.weight' stands twice");
  file = tiny_file();
  file.tensors[3].type = 35;
  expect_says(refusal(file),
              "tensor 'blk.0.attn_q.weight' is TQ2_0 with rows of 32 elements, which are no multiple of "
              "its block of 256");
  file.tensors[3].type = 12;
  expect_says(refusal(file), "has type id 12 (Q4_K); this build reads F32, F16, BF16, Q8_0, Q6_K, Q4_0, TQ1_0, TQ2_0");
  for (const std::uint32_t type : {38U, 39U}) {
    file.tensors[3].type = type;
    expect_says(refusal(file), "the tiles of its lookup kernel do not stand in the file");
  }
  for (const std::uint32_t type : {37U, 42U, 77U}) {
    file.tensors[3].type = type;
    expect_says(refusal(file), fmt::format("has type id {}", type));
    expect_says(refusal(file), "forks number their types differently from 36 on");
  }
  file = tiny_file();
  file.tensors[0].name = std::string(65, 'x');
  expect_says(refusal(file), "has a length of 65 bytes; at most 64");
}

// Another architecture's type 36 takes other room than I2_S: one byte a weight here.
TEST(Gguf, TypeId36OfOtherForksIsNoI2s) {
  RawFile file = tiny_file();
  file.tensor("blk.0.attn_q.weight")->data = std::string(32 * 32, '\x55');
  EXPECT_NO_THROW(parse(file)) << "the architecture is one of ternary models";
  *file.entry("general.architecture") = text_value("qwen2");
  expect_says(refusal(file),
              "tensor 'blk.0.attn_q.weight' has type id 36, which forks number differently: I2_S would "
              "take 288 of the 1024 bytes that it has, and the architecture 'qwen2'");
  file.tensor("blk.0.attn_q.weight")->data = i2s_zeros(32 * 32);
  EXPECT_NO_THROW(parse(file)) << "the room is that of I2_S";
  file.tensor("blk.0.attn_q.weight")->data = std::string(32 * 32 / 8, '\x55');
  expect_says(refusal(file), "type id 36, I2_S to this build, may mean something else");
}

TEST(Gguf, RefusesTensorsOutOfPlace) {
  RawFile file = tiny_file();
  file.tensors[1].dims = {1, 1, 1, 1, 32};
  expect_says(refusal(file), "has 5 dimensions");
  file.tensors[1].dims = {0};
  expect_says(refusal(file), "dimension 0 is 0");
  file.tensors[1].dims = {std::uint64_t{1} << 40, std::uint64_t{1} << 40};
  expect_says(refusal(file), "overflows");
  file.tensors[1].dims = {std::uint64_t{1} << 61};
  expect_says(refusal(file), "of the data section");
  file.tensors[1].dims = {std::uint64_t{1} << 62};
  expect_says(refusal(file), "more than any file holds");
  file = tiny_file();
  file.tensors[1].move = 4;
  expect_says(refusal(file), "no multiple of the alignment 32");
  file.tensors[1].move = 1 << 20;
  expect_says(refusal(file), "of the data section");
  file.tensors[1].move = -32;
  expect_says(refusal(file), "'token_embd.weight' and 'output_norm.weight' overlap");
  file = tiny_file();
  file.entries.emplace_back("general.alignment", u32_value(48));
  expect_says(refusal(file), "general.alignment is 48; a power of two expected");
}

TEST(Gguf, WhatTheWriterWritesIsReadBack) {
  const std::string path = ::testing::TempDir() + std::to_string(getpid()) + "_formats_gguf_writer.gguf";
  const std::vector<std::string> words = {"", "two words", "\xC4\xA0x"};
  const std::vector<std::int32_t> numbers = {-5, 0, 7};
  const std::vector<float> values = {1.5F, -2.25F, 3.0F};
  {
    GgufWriter out(path);
    out.add_text("t", "text");
    out.add_u32("u", 4000000000U);
    out.add_f32("f", 0.1F);
    out.add_f64("d", 0.1);
    out.add_bool("b", false);
    out.add_texts("w", words);
    out.add_i32s("n", numbers);
    out.declare("x", GgufTensorType::F32, {3});
    out.declare("y", GgufTensorType::F16, {1, 1});
    out.write({reinterpret_cast<const std::uint8_t*>(values.data()), 12});
    out.write(std::vector<std::uint8_t>{0, 0x3c});
    EXPECT_FALSE(std::filesystem::exists(path)) << "the name must appear with the finished file only";
    out.finish();
  }
  const GgufFile file = GgufFile::open(path);
  EXPECT_EQ(file.text("t"), "text");
  EXPECT_EQ(file.integer("u", 0, std::int64_t{1} << 40), 4000000000);
  EXPECT_EQ(file.number("f", 0, 1), static_cast<double>(0.1F));
  EXPECT_EQ(file.number("d", 0, 1), 0.1);
  EXPECT_FALSE(file.boolean("b"));
  EXPECT_TRUE(std::ranges::equal(file.texts("w"), words));
  EXPECT_EQ(file.integers("n", -10, 10), (std::vector<std::int64_t>{-5, 0, 7}));
  ASSERT_NE(file.find_tensor("x"), nullptr);
  EXPECT_EQ(std::memcmp(file.data(*file.find_tensor("x")).data(), values.data(), 12), 0);
  EXPECT_EQ(file.find_tensor("y")->data_offset % 32, 0U);
  std::filesystem::remove(path);
}

TEST(Gguf, AnUnfinishedFileLeavesNothingBehind) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / (std::to_string(getpid()) + "_formats_gguf_unfinished");
  std::filesystem::create_directory(folder);
  {
    GgufWriter out(folder / "x.gguf");
    out.declare("x", GgufTensorType::F32, {3});
    EXPECT_THROW(out.finish(), std::logic_error);
    EXPECT_THROW(out.write(std::vector<std::uint8_t>(4)), std::logic_error);
    EXPECT_THROW(out.add_u32("late", 1), std::logic_error);
    out.write_part(std::vector<std::uint8_t>(8));
    EXPECT_THROW(out.write_part(std::vector<std::uint8_t>(8)), std::logic_error);
    EXPECT_THROW(out.write(std::vector<std::uint8_t>(12)), std::logic_error);
    EXPECT_THROW(out.finish(), std::logic_error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
  EXPECT_THROW(GgufWriter("/no/such/folder/x.gguf"), InputError);
}

}  // namespace
}  // namespace ternsim::model
