#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace ternsim::model {

static_assert(std::endian::native == std::endian::little,
              "GGUF is read and written in place: a big-endian host would need swaps");

/// Constants of the GGUF container (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), shared by reader and
/// writer. All numbers are little endian.
inline constexpr std::uint32_t kGgufMagic = 0x46554747;  // "GGUF"
inline constexpr std::uint32_t kGgufVersion = 3;
inline constexpr std::uint64_t kGgufDefaultAlignment = 32;
/// Longest tensor name in bytes, and most dimensions of a tensor.
inline constexpr std::uint64_t kGgufMaxTensorName = 64;
inline constexpr std::uint32_t kGgufMaxDims = 4;

enum class GgufValueType : std::uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  Text = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12
};

constexpr std::string_view name_of(GgufValueType type) {
  constexpr std::string_view kNames[] = {"uint8",   "int8", "uint16", "int16",  "uint32", "int32",  "float32",
                                         "boolean", "text", "array",  "uint64", "int64",  "float64"};
  const auto id = static_cast<std::uint32_t>(type);
  return id < 13 ? kNames[id] : "unknown";
}

/// Bytes of one value; 0 for text and arrays, whose size stands in the file.
constexpr std::uint64_t value_bytes(GgufValueType type) {
  switch (type) {
    case GgufValueType::U8:
    case GgufValueType::I8:
    case GgufValueType::Bool:
      return 1;
    case GgufValueType::U16:
    case GgufValueType::I16:
      return 2;
    case GgufValueType::U32:
    case GgufValueType::I32:
    case GgufValueType::F32:
      return 4;
    case GgufValueType::U64:
    case GgufValueType::I64:
    case GgufValueType::F64:
      return 8;
    case GgufValueType::Text:
    case GgufValueType::Array:
      break;
  }
  return 0;
}

/// The tensor types that this build knows. From 36 on forks give the numbers to other things (39 is also MXFP4, 42 TL2
/// in one and Q2_0 in another), so the architecture or the tensor's room in the file has to fit as well. TL1 and TL2
/// are known to be refused by name: how their tiles are cut does not stand in the file.
enum class GgufTensorType : std::uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q8_0 = 8,
  Q6_K = 14,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  I2_S = 36
};
/// From this number on forks disagree.
inline constexpr std::uint32_t kFirstCollidingType = 36;

/// Elements and bytes of a block of the type; {0, 0} for I2_S, whose size is not a multiple of blocks, and for unknown
/// types.
struct GgufBlock {
  std::uint64_t elements;
  std::uint64_t bytes;
};
constexpr GgufBlock block_of(GgufTensorType type) {
  switch (type) {
    case GgufTensorType::F32:
      return {1, 4};
    case GgufTensorType::F16:
    case GgufTensorType::BF16:
      return {1, 2};
    case GgufTensorType::Q4_0:
      return {32, 18};
    case GgufTensorType::Q8_0:
      return {32, 34};
    case GgufTensorType::Q6_K:
      return {256, 210};
    case GgufTensorType::TQ1_0:
      return {256, 54};
    case GgufTensorType::TQ2_0:
      return {256, 66};
    case GgufTensorType::I2_S:
      break;
  }
  return {0, 0};
}

/// Name of a tensor type id as files in circulation use it, "" if none is known.
constexpr std::string_view tensor_type_name(std::uint32_t id) {
  struct Known {
    std::uint32_t id;
    std::string_view name;
  };
  constexpr Known kKnown[] = {
      {0, "F32"},    {1, "F16"},   {2, "Q4_0"},  {3, "Q4_1"},  {6, "Q5_0"},         {7, "Q5_1"},  {8, "Q8_0"},
      {9, "Q8_1"},   {10, "Q2_K"}, {11, "Q3_K"}, {12, "Q4_K"}, {13, "Q5_K"},        {14, "Q6_K"}, {15, "Q8_K"},
      {24, "I8"},    {25, "I16"},  {26, "I32"},  {27, "I64"},  {28, "F64"},         {30, "BF16"}, {34, "TQ1_0"},
      {35, "TQ2_0"}, {36, "I2_S"}, {37, "I8_S"}, {38, "TL1"},  {39, "TL2 or MXFP4"}};
  for (const Known& known : kKnown)
    if (known.id == id) return known.name;
  return "";
}

}  // namespace ternsim::model
