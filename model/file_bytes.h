#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/tensor_source.h"

namespace ternsim::model {

/// A regular file, open for reading: mapped, for headers whose strings are looked at in place, and to be copied from in
/// pieces, for data whose pages should not stay with this process.
class FileBytes {
 public:
  /// Throws InputError naming the file unless it is a regular, non-empty file that can be read; `wanted` ("a model in
  /// GGUF format") ends the message for other things.
  static std::shared_ptr<const FileBytes> open(const std::filesystem::path& path, std::string_view wanted);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  const std::string& name() const { return name_; }
  std::span<const std::uint8_t> mapped() const { return mapped_; }
  std::uint64_t size() const { return mapped_.size(); }
  /// Throws InputError where the file has meanwhile become shorter or its disk fails.
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  FileBytes(int fd, std::span<const std::uint8_t> mapped, std::string name);
  int fd_;
  std::span<const std::uint8_t> mapped_;
  std::string name_;
};

/// `bytes` bytes of the file from `offset` on.
TensorSource source_of(std::shared_ptr<const FileBytes> file, std::uint64_t offset, std::uint64_t bytes,
                       std::string where);

}  // namespace ternsim::model
