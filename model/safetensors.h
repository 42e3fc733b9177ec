#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim::model {

struct SafetensorsTensor {
  std::string name;
  std::string dtype;               ///< "BF16", "U8", ...
  std::vector<std::int64_t> dims;  ///< row-major, last dimension fastest
  std::uint64_t elements = 1;
  std::uint64_t offset = 0;  ///< byte of the file where its data starts
  std::uint64_t bytes = 0;
};

/// What a safetensors file (https://huggingface.co/docs/safetensors) says about itself: a u64 length, that many bytes
/// of JSON, then data. Everything is checked: length against a cap and the file, nesting, no key twice, known dtypes,
/// offsets against shapes, and that the tensors cover the data without overlap or hole.
class SafetensorsHeader {
 public:
  static constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{16} << 20;
  static constexpr std::size_t kMaxTensors = 65536;

  /// `file` is the whole file, of which only the header is looked at; `name` begins the messages. Throws InputError.
  static SafetensorsHeader parse(std::span<const std::uint8_t> file, const std::string& name);
  /// Whether the bytes can be the beginning of such a file at all.
  static bool looks_like(std::span<const std::uint8_t> file);

  /// Sorted by name.
  const std::vector<SafetensorsTensor>& tensors() const { return tensors_; }
  /// nullptr if there is none of this name.
  const SafetensorsTensor* find(std::string_view name) const;

 private:
  std::vector<SafetensorsTensor> tensors_;
};

}  // namespace ternsim::model
