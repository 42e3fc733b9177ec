#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/gguf_format.h"
#include "model/gguf_reader.h"
#include "model/i2s.h"

// The inside of gguf_reader.cpp; nothing else includes this.
namespace ternsim::model {

/// A number at a byte offset that the caller has checked.
template <typename T>
T load_number(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Reads the header front to back; `at_` is the byte that comes next.
class GgufParser {
 public:
  explicit GgufParser(GgufFile& file) : file_(file) {}

  void parse() {
    if (remaining() < 24) fail(fmt::format("the file has {} bytes; a GGUF header alone has 24", remaining()));
    if (take<std::uint32_t>("magic") != kGgufMagic)
      fail("not a GGUF file (it does not start with \"GGUF\"); give a model in GGUF format", 0);
    file_.version_ = take<std::uint32_t>("version");
    if (file_.version_ == 0x02000000 || file_.version_ == 0x03000000)
      fail("a big-endian GGUF file; convert it to little endian", 4);
    if (file_.version_ != 2 && file_.version_ != 3)
      fail(fmt::format("GGUF version {}; this build reads versions 2 and 3: convert the file", file_.version_), 4);
    // Shortest tensor: name length, name of 1, dims, one dim, type, offset. Shortest entry: key length, key of 1, type,
    // one byte.
    const std::uint64_t tensors = take_count("tensor count", GgufFile::kMaxTensors, 8 + 1 + 4 + 8 + 4 + 8);
    const std::uint64_t entries = take_count("metadata count", GgufFile::kMaxEntries, 8 + 1 + 4 + 1);
    file_.metadata_.reserve(entries);
    for (std::uint64_t i = 0; i < entries; ++i) file_.metadata_.push_back(take_entry(i));
    index_entries();
    read_alignment();
    file_.tensors_.reserve(tensors);
    for (std::uint64_t i = 0; i < tensors; ++i) file_.tensors_.push_back(take_tensor(i));
    index_tensors();
    place_tensors();
  }

 private:
  std::uint64_t remaining() const { return file_.bytes_.size() - at_; }
  [[noreturn]] void fail(const std::string& message, std::uint64_t offset) const {
    file_.fail(fmt::format("at byte {}: {}", offset, message));
  }
  [[noreturn]] void fail(const std::string& message) const { fail(message, at_); }

  void need(std::uint64_t bytes, std::string_view what) const {
    if (bytes > remaining())
      fail(fmt::format(
          "the file ends inside of {} ({} bytes wanted, {} left); it is truncated or damaged: fetch it again", what,
          bytes, remaining()));
  }
  template <typename T>
  T take(std::string_view what) {
    need(sizeof(T), what);
    const T value = load_number<T>(file_.bytes_, at_);
    at_ += sizeof(T);
    return value;
  }
  // A count of things of which each takes at least `smallest` bytes of the file.
  std::uint64_t take_count(std::string_view what, std::uint64_t cap, std::uint64_t smallest) {
    const std::uint64_t start = at_;
    const auto count = take<std::uint64_t>(what);
    if (count > cap) fail(fmt::format("{} is {}; at most {} are accepted", what, count, cap), start);
    if (count > remaining() / smallest)
      fail(
          fmt::format("{} is {}, but only {} bytes follow; the file is truncated or damaged", what, count, remaining()),
          start);
    return count;
  }
  std::string_view take_text(std::string_view what, std::uint64_t cap) {
    const std::uint64_t start = at_;
    const auto length = take<std::uint64_t>(what);
    if (length > cap)
      fail(fmt::format("{} has a length of {} bytes; at most {} are accepted", what, length, cap), start);
    need(length, what);
    const std::string_view text(reinterpret_cast<const char*>(file_.bytes_.data() + at_), length);
    at_ += length;
    return text;
  }
  GgufValueType take_type(std::string_view what) {
    const std::uint64_t start = at_;
    const auto id = take<std::uint32_t>(what);
    if (id > static_cast<std::uint32_t>(GgufValueType::F64))
      fail(fmt::format("{} has type id {}; GGUF defines 0 ... 12", what, id), start);
    return static_cast<GgufValueType>(id);
  }

  GgufEntry take_entry(std::uint64_t index) {
    GgufEntry entry;
    entry.key_offset = at_;
    entry.key = take_text(fmt::format("the key of metadata entry {}", index), GgufFile::kMaxKeyBytes);
    if (entry.key.empty()) fail(fmt::format("metadata entry {} has an empty key", index), entry.key_offset);
    const std::string what = fmt::format("metadata key '{}'", printable(entry.key));
    entry.type = take_type(what);
    if (entry.type == GgufValueType::Array) {
      take_array(entry, what);
    } else if (entry.type == GgufValueType::Text) {
      entry.value_offset = at_;
      entry.texts.push_back(take_text(what, GgufFile::kMaxTextBytes));
    } else {
      entry.value_offset = at_;
      skip_values(entry.type, 1, what);
    }
    return entry;
  }
  void take_array(GgufEntry& entry, const std::string& what) {
    entry.element = take_type(what);
    entry.count = take_count(what + "'s array length", GgufFile::kMaxArrayCount, smallest(entry.element));
    entry.value_offset = at_;
    if (entry.element == GgufValueType::Text) {
      entry.texts.reserve(entry.count);
      for (std::uint64_t i = 0; i < entry.count; ++i) entry.texts.push_back(take_text(what, GgufFile::kMaxTextBytes));
    } else if (entry.element == GgufValueType::Array) {
      skip_arrays(entry.count, 2, what);
    } else {
      skip_values(entry.element, entry.count, what);
    }
  }
  // Arrays of arrays have no getter; they are walked for their bounds only.
  void skip_arrays(std::uint64_t count, int depth, const std::string& what) {
    if (depth > GgufFile::kMaxArrayDepth)
      fail(fmt::format("{} nests arrays deeper than {}", what, GgufFile::kMaxArrayDepth));
    for (std::uint64_t i = 0; i < count; ++i) {
      const GgufValueType element = take_type(what);
      const std::uint64_t inner = take_count(what + "'s array length", GgufFile::kMaxArrayCount, smallest(element));
      if (element == GgufValueType::Array) {
        skip_arrays(inner, depth + 1, what);
      } else if (element == GgufValueType::Text) {
        for (std::uint64_t j = 0; j < inner; ++j) take_text(what, GgufFile::kMaxTextBytes);
      } else {
        skip_values(element, inner, what);
      }
    }
  }
  void skip_values(GgufValueType type, std::uint64_t count, std::string_view what) {
    const std::uint64_t bytes = count * value_bytes(type);  // count <= 2^24
    need(bytes, what);
    if (type == GgufValueType::Bool)
      for (std::uint64_t i = 0; i < bytes; ++i)
        if (file_.bytes_[at_ + i] > 1)
          fail(fmt::format("{} is a boolean with the value {}; 0 or 1 expected", what, file_.bytes_[at_ + i]), at_ + i);
    at_ += bytes;
  }
  static std::uint64_t smallest(GgufValueType type) {
    if (type == GgufValueType::Text) return 8;
    if (type == GgufValueType::Array) return 12;
    return value_bytes(type);
  }

  GgufTensor take_tensor(std::uint64_t index) {
    GgufTensor tensor;
    tensor.info_offset = at_;
    tensor.name = take_text(fmt::format("the name of tensor {}", index), kGgufMaxTensorName);
    if (tensor.name.empty()) fail(fmt::format("tensor {} has an empty name", index), tensor.info_offset);
    const std::string what = fmt::format("tensor '{}'", printable(tensor.name));
    const auto dims = take<std::uint32_t>(what);
    if (dims < 1 || dims > kGgufMaxDims)
      fail(fmt::format("{} has {} dimensions; 1 ... {} are accepted", what, dims, kGgufMaxDims), at_ - 4);
    tensor.elements = 1;
    for (std::uint32_t d = 0; d < dims; ++d) {
      const auto dim = take<std::uint64_t>(what);
      // 2^62 elements of at least a quarter byte are more than any file holds.
      if (dim == 0 || dim > (std::uint64_t{1} << 62) / tensor.elements)
        fail(fmt::format("{}: dimension {} is {}, which is zero or overflows the tensor's size", what, d, dim),
             at_ - 8);
      tensor.elements *= dim;
      tensor.dims.push_back(static_cast<std::int64_t>(dim));
    }
    const auto type = take<std::uint32_t>(what);
    tensor.type = static_cast<GgufTensorType>(type);
    tensor.bytes = tensor_bytes(tensor, what, type);
    tensor.data_offset = take<std::uint64_t>(what);  // relative until place_tensors()
    return tensor;
  }
  std::uint64_t tensor_bytes(const GgufTensor& tensor, const std::string& what, std::uint32_t type) const {
    if (tensor.type == GgufTensorType::I2_S) {
      if (tensor.elements % 4 == 0) return i2s_bytes(tensor.elements);
      fail(fmt::format("{} is I2_S with {} weights, which is no multiple of 4: damaged, or type id 36 means "
                       "something else to the program that wrote it",
                       what, tensor.elements),
           at_ - 4);
    }
    const GgufBlock block = block_of(tensor.type);
    if (block.elements == 0) refuse_type(what, type);
    const auto row = static_cast<std::uint64_t>(tensor.dims[0]);
    if (row % block.elements != 0)
      fail(fmt::format("{} is {} with rows of {} elements, which are no multiple of its block of {}", what,
                       tensor_type_name(type), row, block.elements),
           at_ - 4);
    const std::uint64_t blocks = tensor.elements / block.elements;
    if (blocks > (std::uint64_t{1} << 63) / block.bytes)
      fail(fmt::format("{} has {} elements, more than any file holds", what, tensor.elements));
    return blocks * block.bytes;
  }
  [[noreturn]] void refuse_type(const std::string& what, std::uint32_t type) const {
    const std::string_view known = tensor_type_name(type);
    std::string message =
        fmt::format("{} has type id {}{}; ", what, type, known.empty() ? "" : fmt::format(" ({})", known));
    if (type == 38 || type == 39)
      message +=
          "if that is TL1 or TL2, the tiles of its lookup kernel do not stand in the file, and if it is MXFP4 it is "
          "not "
          "ternary: convert the original checkpoint to I2_S, TQ1_0 or TQ2_0";
    else if (type >= kFirstCollidingType)
      message +=
          "forks number their types differently from 36 on: convert the original checkpoint to I2_S, TQ1_0 or TQ2_0";
    else
      message +=
          "this build reads F32, F16, BF16, Q8_0, Q6_K, Q4_0, TQ1_0, TQ2_0 and I2_S: convert the original checkpoint "
          "to "
          "one of them";
    fail(message, at_ - 4);
  }

  void index_entries() {
    const auto key = [](const GgufEntry& e) { return e.key; };
    file_.entries_by_key_ = sorted_by(file_.metadata_, key);
    for (std::size_t i = 1; i < file_.entries_by_key_.size(); ++i) {
      const GgufEntry& entry = file_.metadata_[file_.entries_by_key_[i]];
      if (entry.key == file_.metadata_[file_.entries_by_key_[i - 1]].key)
        fail(fmt::format("metadata key '{}' stands twice in the file", printable(entry.key)), entry.key_offset);
    }
  }
  void index_tensors() {
    const auto name = [](const GgufTensor& t) { return t.name; };
    file_.tensors_by_name_ = sorted_by(file_.tensors_, name);
    for (std::size_t i = 1; i < file_.tensors_by_name_.size(); ++i) {
      const GgufTensor& tensor = file_.tensors_[file_.tensors_by_name_[i]];
      if (tensor.name == file_.tensors_[file_.tensors_by_name_[i - 1]].name)
        fail(fmt::format("tensor '{}' stands twice in the file", printable(tensor.name)), tensor.info_offset);
    }
  }
  void read_alignment() {
    if (!file_.has("general.alignment")) return;
    const std::int64_t alignment = file_.integer("general.alignment", 8, 1 << 20);
    if ((alignment & (alignment - 1)) != 0)
      file_.fail(fmt::format("general.alignment is {}; a power of two expected", alignment));
    file_.alignment_ = static_cast<std::uint64_t>(alignment);
  }
  // Turns offsets relative to the data section into offsets of the file, each tensor inside and apart from the others.
  void place_tensors() {
    if (file_.tensors_.empty()) return;
    const std::uint64_t size = file_.bytes_.size();
    const std::uint64_t start = (at_ + file_.alignment_ - 1) / file_.alignment_ * file_.alignment_;
    if (start > size) fail(fmt::format("the file ends before its tensor data, which start at byte {}", start));
    for (GgufTensor& tensor : file_.tensors_) {
      const std::string what = fmt::format("tensor '{}'", printable(tensor.name));
      if (tensor.data_offset % file_.alignment_ != 0)
        fail(fmt::format("{}: its offset {} is no multiple of the alignment {}", what, tensor.data_offset,
                         file_.alignment_),
             tensor.info_offset);
      if (tensor.data_offset > size - start || tensor.bytes > size - start - tensor.data_offset)
        fail(
            fmt::format("{} wants {} bytes at offset {} of the data section, which has {} bytes; the file is truncated "
                        "or damaged: fetch it again",
                        what, tensor.bytes, tensor.data_offset, size - start),
            tensor.info_offset);
      tensor.data_offset += start;
    }
    const auto by_place = sorted_by(file_.tensors_, [](const GgufTensor& t) { return t.data_offset; });
    for (std::size_t i = 1; i < by_place.size(); ++i) {
      const GgufTensor& before = file_.tensors_[by_place[i - 1]];
      const GgufTensor& after = file_.tensors_[by_place[i]];
      if (before.data_offset + before.bytes > after.data_offset)
        fail(fmt::format("tensors '{}' and '{}' overlap{}", printable(before.name), printable(after.name),
                         before.type == GgufTensorType::I2_S
                             ? "; type id 36, I2_S to this build, may mean something else to the program that wrote it"
                             : ""),
             after.info_offset);
    }
    for (std::size_t i = 0; i < by_place.size(); ++i) {
      const std::uint64_t end = i + 1 < by_place.size() ? file_.tensors_[by_place[i + 1]].data_offset : size;
      check_i2s_room(file_.tensors_[by_place[i]], end);
    }
  }
  // Forks give type id 36 to other things. It is I2_S where the architecture is one of ternary models, or where the
  // tensor takes as much room in the file as I2_S does; other architectures keep that room by other numbers.
  void check_i2s_room(const GgufTensor& tensor, std::uint64_t end) const {
    if (tensor.type != GgufTensorType::I2_S) return;
    const std::uint64_t room = end - tensor.data_offset;
    if (room - tensor.bytes < file_.alignment_) return;
    const std::string_view architecture =
        file_.has("general.architecture") ? file_.text("general.architecture") : std::string_view();
    if (architecture.starts_with("bitnet") || architecture == "llama") return;
    fail(fmt::format("tensor '{}' has type id 36, which forks number differently: I2_S would take {} of the {} bytes "
                     "that it has, and the architecture '{}' is not one of ternary models; convert the original "
                     "checkpoint to I2_S, TQ1_0 or TQ2_0",
                     printable(tensor.name), tensor.bytes, room, printable(architecture)),
         tensor.info_offset);
  }

  template <typename Items, typename Name>
  static std::vector<std::uint32_t> sorted_by(const Items& items, Name name) {
    std::vector<std::uint32_t> order(items.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(name(items[a]), a) < std::pair(name(items[b]), b);
    });
    return order;
  }

  GgufFile& file_;
  std::uint64_t at_ = 0;
};

}  // namespace ternsim::model
