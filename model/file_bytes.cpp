#include "model/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace ternsim::model {

namespace {

struct Descriptor {
  int fd;
  explicit Descriptor(int f) : fd(f) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

std::shared_ptr<const FileBytes> FileBytes::open(const std::filesystem::path& path, std::string_view wanted) {
  const std::string name = path.string();
  const auto refuse = [&](const std::string& why) -> InputError { return InputError(name + ": " + why); };
  // Non-blocking, so that a pipe is refused below instead of waited for.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) throw refuse(fmt::format("cannot be opened: {}", std::strerror(errno)));
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) throw refuse(fmt::format("cannot be examined: {}", std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) throw refuse(fmt::format("not a regular file; give the path of {}", wanted));
  if (status.st_size == 0) throw refuse("the file is empty; fetch it again");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (address == MAP_FAILED) throw refuse(fmt::format("cannot be mapped into memory: {}", std::strerror(errno)));
  return std::shared_ptr<const FileBytes>(
      new FileBytes(std::exchange(file.fd, -1), {static_cast<const std::uint8_t*>(address), size}, name));
}

FileBytes::FileBytes(int fd, std::span<const std::uint8_t> mapped, std::string name)
    : fd_(fd), mapped_(mapped), name_(std::move(name)) {}

FileBytes::~FileBytes() {
  ::munmap(const_cast<std::uint8_t*>(mapped_.data()), mapped_.size());
  ::close(fd_);
}

void FileBytes::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw InputError(fmt::format("{}: cannot be read: {}", name_, std::strerror(errno)));
    if (got == 0)
      throw InputError(fmt::format("{}: the file ends at byte {}, where it went on when it was opened", name_, offset));
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

TensorSource source_of(std::shared_ptr<const FileBytes> file, std::uint64_t offset, std::uint64_t bytes,
                       std::string where) {
  return {std::move(where), bytes, [file = std::move(file), offset](std::uint64_t at, std::span<std::uint8_t> out) {
            file->read(offset + at, out);
          }};
}

}  // namespace ternsim::model
