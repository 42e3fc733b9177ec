#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/file_bytes.h"
#include "model/gguf_format.h"
#include "model/tensor_source.h"

namespace ternsim::model {

/// One metadata entry. Its value stays in the file; `GgufFile`'s getters read it.
struct GgufEntry {
  std::string_view key;
  GgufValueType type = GgufValueType::U8;
  GgufValueType element = GgufValueType::U8;  ///< of an array
  std::uint64_t count = 1;                    ///< elements of an array
  std::uint64_t key_offset = 0;               ///< byte of the file where the entry starts
  std::uint64_t value_offset = 0;             ///< byte of the file where the value, or an array's first element, starts
  std::vector<std::string_view> texts;        ///< the text, or an array's texts
};

struct GgufTensor {
  std::string_view name;
  GgufTensorType type = GgufTensorType::F32;
  std::vector<std::int64_t> dims;  ///< first dimension fastest: a matrix (out, in) has dims {in, out}
  std::uint64_t elements = 0;
  std::uint64_t info_offset = 0;  ///< byte of the file where its description starts
  std::uint64_t data_offset = 0;  ///< byte of the file where its data starts
  std::uint64_t bytes = 0;
};

/// A GGUF file (version 2 or 3, little endian), its header mapped read-only. Everything that the file says about itself
/// is checked when it is opened: counts and lengths against caps and against the bytes that are there, no key or tensor
/// twice, alignment, every tensor inside the file and apart from the others. Errors are InputErrors that name the file,
/// the byte and what is wrong.
///
/// The views that it hands out live as long as the object, or any object it was moved to. The file must not be cut
/// short by another program meanwhile.
class GgufFile {
 public:
  static constexpr std::uint64_t kMaxEntries = 65536;
  static constexpr std::uint64_t kMaxTensors = 65536;
  static constexpr std::uint64_t kMaxKeyBytes = 1024;
  static constexpr std::uint64_t kMaxTextBytes = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kMaxArrayCount = std::uint64_t{1} << 24;
  static constexpr int kMaxArrayDepth = 3;

  static GgufFile open(const std::filesystem::path& path);
  /// The same from memory; `name` stands in messages where the file's would.
  static GgufFile from_bytes(std::vector<std::uint8_t> bytes, std::string name);

  const std::string& name() const { return name_; }
  std::uint32_t version() const { return version_; }
  std::uint64_t alignment() const { return alignment_; }
  std::uint64_t size() const { return bytes_.size(); }
  const std::vector<GgufEntry>& metadata() const { return metadata_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }

  bool has(std::string_view key) const { return find_entry(key) != nullptr; }
  /// Any integer type whose value is in min ... max.
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  /// float32 or float64, finite, in min ... max.
  double number(std::string_view key, double min, double max) const;
  bool boolean(std::string_view key) const;
  std::string_view text(std::string_view key) const;
  /// An array of texts.
  std::span<const std::string_view> texts(std::string_view key) const;
  /// An array of any integer type, each value in min ... max.
  std::vector<std::int64_t> integers(std::string_view key, std::int64_t min, std::int64_t max) const;
  /// An array of float32, each finite.
  std::vector<float> numbers(std::string_view key) const;

  /// nullptr if there is none of this name.
  const GgufTensor* find_tensor(std::string_view name) const;
  std::span<const std::uint8_t> data(const GgufTensor& tensor) const {
    return bytes_.subspan(tensor.data_offset, tensor.bytes);
  }
  /// The same to be copied from the file in pieces, without its pages being mapped; it outlives this object. Its `read`
  /// throws InputError where the file has meanwhile become shorter.
  TensorSource source(const GgufTensor& tensor) const;
  /// An InputError "<file>: <message>".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  friend class GgufParser;
  GgufFile(std::shared_ptr<const void> owner, std::span<const std::uint8_t> bytes, std::string name,
           std::shared_ptr<const FileBytes> file);
  const GgufEntry* find_entry(std::string_view key) const;
  const GgufEntry& entry(std::string_view key, std::string_view expected) const;
  [[noreturn]] void wrong_type(const GgufEntry& entry, std::string_view expected) const;

  std::shared_ptr<const void> owner_;  // of the bytes: a file or a vector
  std::span<const std::uint8_t> bytes_;
  std::shared_ptr<const FileBytes> file_;  // null for bytes in memory
  std::string name_;
  std::uint32_t version_ = 0;
  std::uint64_t alignment_ = kGgufDefaultAlignment;
  std::vector<GgufEntry> metadata_;
  std::vector<GgufTensor> tensors_;
  std::vector<std::uint32_t> entries_by_key_;   // indices, sorted by key
  std::vector<std::uint32_t> tensors_by_name_;  // indices, sorted by name
};

/// Text from a file made fit for a message: control and non-ASCII bytes as \xNN, cut after 64 bytes.
std::string printable(std::string_view text);

}  // namespace ternsim::model
