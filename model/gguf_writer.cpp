#include "model/gguf_writer.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "model/i2s.h"

namespace ternsim::model {

namespace {

template <typename T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_text(std::string& out, std::string_view text) {
  append<std::uint64_t>(out, text.size());
  out.append(text);
}

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kGgufDefaultAlignment - 1) / kGgufDefaultAlignment * kGgufDefaultAlignment;
}

std::uint64_t bytes_of(GgufTensorType type, std::uint64_t row, std::uint64_t elements) {
  if (type == GgufTensorType::I2_S) return i2s_bytes(elements);
  const GgufBlock block = block_of(type);
  if (block.elements == 0 || row % block.elements != 0)
    throw std::logic_error("GgufWriter: a tensor type that is unknown, or rows that are no multiple of its block");
  return elements / block.elements * block.bytes;
}

}  // namespace

GgufWriter::GgufWriter(std::filesystem::path path) : path_(std::move(path)) {
  temporary_ = path_.string() + ".XXXXXX";
  const int fd = ::mkstemp(temporary_.data());
  if (fd < 0) {
    const std::string name = std::exchange(temporary_, {});
    throw InputError(fmt::format("{}: cannot be written: no temporary file '{}' beside it: {}", path_.string(), name,
                                 std::strerror(errno)));
  }
  // mkstemp makes the file private; give it the permissions of any new file.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  file_ = ::fchmod(fd, 0666 & ~mask) == 0 ? ::fdopen(fd, "wb") : nullptr;
  if (file_ == nullptr) {
    const int error = errno;
    ::close(fd);
    ::unlink(temporary_.c_str());
    throw InputError(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(error)));
  }
}

GgufWriter::~GgufWriter() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void GgufWriter::fail_io(const std::string& what) const {
  throw InputError(fmt::format("{}: {}: {}", path_.string(), what, std::strerror(errno)));
}

void GgufWriter::begin_entry(std::string_view key, GgufValueType type) {
  if (header_done_) throw std::logic_error("GgufWriter: metadata after the first tensor");
  append_text(metadata_, key);
  append(metadata_, static_cast<std::uint32_t>(type));
  ++entries_;
}

void GgufWriter::add_u32(std::string_view key, std::uint32_t value) {
  begin_entry(key, GgufValueType::U32);
  append(metadata_, value);
}

void GgufWriter::add_f32(std::string_view key, float value) {
  begin_entry(key, GgufValueType::F32);
  append(metadata_, value);
}

void GgufWriter::add_f64(std::string_view key, double value) {
  begin_entry(key, GgufValueType::F64);
  append(metadata_, value);
}

void GgufWriter::add_bool(std::string_view key, bool value) {
  begin_entry(key, GgufValueType::Bool);
  append<std::uint8_t>(metadata_, value ? 1 : 0);
}

void GgufWriter::add_text(std::string_view key, std::string_view value) {
  begin_entry(key, GgufValueType::Text);
  append_text(metadata_, value);
}

void GgufWriter::add_texts(std::string_view key, std::span<const std::string> values) {
  begin_entry(key, GgufValueType::Array);
  append(metadata_, static_cast<std::uint32_t>(GgufValueType::Text));
  append<std::uint64_t>(metadata_, values.size());
  for (const std::string& value : values) append_text(metadata_, value);
}

void GgufWriter::add_i32s(std::string_view key, std::span<const std::int32_t> values) {
  begin_entry(key, GgufValueType::Array);
  append(metadata_, static_cast<std::uint32_t>(GgufValueType::I32));
  append<std::uint64_t>(metadata_, values.size());
  for (const std::int32_t value : values) append(metadata_, value);
}

void GgufWriter::add_f32s(std::string_view key, std::span<const float> values) {
  begin_entry(key, GgufValueType::Array);
  append(metadata_, static_cast<std::uint32_t>(GgufValueType::F32));
  append<std::uint64_t>(metadata_, values.size());
  for (const float value : values) append(metadata_, value);
}

void GgufWriter::declare(std::string_view name, GgufTensorType type, const std::vector<std::int64_t>& dims) {
  if (header_done_) throw std::logic_error("GgufWriter: a declaration after the first tensor");
  if (name.empty() || name.size() > kGgufMaxTensorName || dims.empty() || dims.size() > kGgufMaxDims)
    throw std::logic_error(fmt::format("GgufWriter: tensor '{}' has a name or shape that GGUF cannot hold", name));
  append_text(declarations_, name);
  append(declarations_, static_cast<std::uint32_t>(dims.size()));
  std::uint64_t elements = 1;
  for (const std::int64_t dim : dims) {
    if (dim <= 0) throw std::logic_error(fmt::format("GgufWriter: tensor '{}' has a dimension of {}", name, dim));
    append(declarations_, static_cast<std::uint64_t>(dim));
    elements *= static_cast<std::uint64_t>(dim);
  }
  append(declarations_, static_cast<std::uint32_t>(type));
  append(declarations_, next_offset_);
  tensor_bytes_.push_back(bytes_of(type, static_cast<std::uint64_t>(dims[0]), elements));
  next_offset_ += padded(tensor_bytes_.back());
}

void GgufWriter::put(const void* data, std::size_t bytes) {
  if (bytes != 0 && std::fwrite(data, 1, bytes, file_) != bytes) fail_io("cannot be written");
}

void GgufWriter::write_header() {
  std::string head;
  append(head, kGgufMagic);
  append(head, kGgufVersion);
  append<std::uint64_t>(head, tensor_bytes_.size());
  append(head, entries_);
  head += metadata_;
  head += declarations_;
  head.resize(padded(head.size()), '\0');
  put(head.data(), head.size());
  header_done_ = true;
}

void GgufWriter::write(std::span<const std::uint8_t> bytes) {
  if (written_ == tensor_bytes_.size() || bytes.size() != tensor_bytes_[written_] || part_ != 0)
    throw std::logic_error(
        fmt::format("GgufWriter: {} bytes for tensor {}, which was not declared so", bytes.size(), written_));
  write_part(bytes);
}

void GgufWriter::write_part(std::span<const std::uint8_t> bytes) {
  if (!header_done_) write_header();
  if (written_ == tensor_bytes_.size() || bytes.size() > tensor_bytes_[written_] - part_)
    throw std::logic_error(fmt::format("GgufWriter: more bytes than were declared for tensor {}", written_));
  put(bytes.data(), bytes.size());
  part_ += bytes.size();
  if (part_ != tensor_bytes_[written_]) return;
  constexpr std::array<char, kGgufDefaultAlignment> kZeros{};
  put(kZeros.data(), padded(part_) - part_);
  part_ = 0;
  ++written_;
}

void GgufWriter::finish() {
  if (!header_done_) write_header();
  if (written_ != tensor_bytes_.size())
    throw std::logic_error(fmt::format("GgufWriter: {} tensors declared, {} written", tensor_bytes_.size(), written_));
  // To the disk before the rename: after a power cut the name must not stand for an empty file.
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) fail_io("cannot be written");
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail_io("cannot be written");
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail_io("the finished file cannot take its name");
  temporary_.clear();
}

}  // namespace ternsim::model
