#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Where the parts of a GGUF file stand, for a mutator that damages one thing at a time.
namespace ternsim::fuzz {

/// A little-endian number in the file: a count, length, type id, dimension, offset or value.
struct GgufField {
  std::size_t at;
  std::size_t width;  ///< 1, 2, 4 or 8
};

/// The bytes of a string; its length is the 8-byte number in front.
struct GgufString {
  std::size_t at;
  std::size_t length;
};

/// A metadata entry or a tensor's description.
struct GgufPart {
  std::size_t at;
  std::size_t end;
  bool is_tensor;
};

/// A list that is a metadata entry's value.
struct GgufList {
  std::size_t count_at;
  std::size_t last;  ///< byte of its last element
  std::size_t end;
};

struct GgufLayout {
  std::vector<GgufField> fields;
  std::vector<GgufString> strings;
  std::vector<GgufList> lists;  ///< none of them empty
  std::vector<GgufPart> parts;
  std::size_t header_end = 0;  ///< byte behind the last part
  bool complete = false;       ///< the walk reached the end of the header
};

/// Walks a header as far as it makes sense; never reads outside of `bytes`. It shares no code with the reader, so that
/// a fault of the reader cannot hide itself.
GgufLayout gguf_layout(std::span<const std::uint8_t> bytes);

}  // namespace ternsim::fuzz
