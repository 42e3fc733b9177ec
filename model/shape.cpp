#include "model/shape.h"

#include <stdexcept>

namespace ternsim::model {

namespace {

/// Bytes and elements of one block, as ggml lays them out.
struct Block {
  std::int64_t elements;
  std::int64_t bytes;
  std::string_view name;
};

Block block_of(ElementType type) {
  switch (type) {
    case ElementType::F32:
      return {1, 4, "F32"};
    case ElementType::F16:
      return {1, 2, "F16"};
    case ElementType::BF16:
      return {1, 2, "BF16"};
    case ElementType::Q4_0:
      return {32, 18, "Q4_0"};
    case ElementType::Q8_0:
      return {32, 34, "Q8_0"};
    case ElementType::Q6_K:
      return {256, 210, "Q6_K"};
  }
  throw std::invalid_argument("no such element type");
}

}  // namespace

std::int64_t block_elements(ElementType type) { return block_of(type).elements; }

std::int64_t row_bytes(ElementType type, std::int64_t cols) {
  const Block block = block_of(type);
  if (cols % block.elements != 0) {
    throw std::invalid_argument("a row of " + std::to_string(cols) + " elements is no multiple of the block of " +
                                std::to_string(block.elements) + " of " + std::string(block.name));
  }
  return cols / block.elements * block.bytes;
}

std::string_view name_of(ElementType type) { return block_of(type).name; }

}  // namespace ternsim::model
