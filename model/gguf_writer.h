#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/gguf_format.h"

namespace ternsim::model {

/// Writes a GGUF version 3 file, little endian, alignment 32. Everything goes to a temporary file beside `path`, which
/// takes the name `path` in `finish()`: a reader never sees half a file, and a failure leaves an earlier file as it
/// was.
///
///     GgufWriter out("tiny.gguf");
///     out.add_text("general.architecture", "bitnet-b1.58");
///     out.declare("output_norm.weight", GgufTensorType::F32, {256});
///     out.write(bytes);                                // one call a tensor, in order of declaration
///     out.finish();
///
/// Throws InputError where the file system refuses, std::logic_error on calls out of order.
class GgufWriter {
 public:
  explicit GgufWriter(std::filesystem::path path);
  ~GgufWriter();
  GgufWriter(const GgufWriter&) = delete;
  GgufWriter& operator=(const GgufWriter&) = delete;

  void add_u32(std::string_view key, std::uint32_t value);
  void add_f32(std::string_view key, float value);
  void add_f64(std::string_view key, double value);
  void add_bool(std::string_view key, bool value);
  void add_text(std::string_view key, std::string_view value);
  void add_texts(std::string_view key, std::span<const std::string> values);
  void add_i32s(std::string_view key, std::span<const std::int32_t> values);
  void add_f32s(std::string_view key, std::span<const float> values);

  /// A tensor to come; first dimension fastest.
  void declare(std::string_view name, GgufTensorType type, const std::vector<std::int64_t>& dims);
  /// The data of the next tensor declared. The first call ends metadata and declarations.
  void write(std::span<const std::uint8_t> bytes);
  /// The same in as many pieces as one likes, for tensors that never are in memory as a whole.
  void write_part(std::span<const std::uint8_t> bytes);
  void finish();

 private:
  void begin_entry(std::string_view key, GgufValueType type);
  void write_header();
  void put(const void* data, std::size_t bytes);
  [[noreturn]] void fail_io(const std::string& what) const;

  std::filesystem::path path_;
  std::string temporary_;
  std::FILE* file_ = nullptr;
  std::string metadata_;      // encoded entries
  std::string declarations_;  // encoded tensor descriptions
  std::uint64_t entries_ = 0;
  std::vector<std::uint64_t> tensor_bytes_;
  std::uint64_t next_offset_ = 0;
  std::size_t written_ = 0;  // tensors
  std::uint64_t part_ = 0;   // bytes of the tensor at work
  bool header_done_ = false;
};

}  // namespace ternsim::model
