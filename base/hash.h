#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace ternsim {

/// Streaming XXH3 64-bit hash over plain data; equal inputs give equal digests on every machine of one endianness.
class Hash {
 public:
  Hash();
  ~Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;

  void update(const void* data, std::size_t bytes);
  template <typename T>
  void update(std::span<T> values) {
    update(values.data(), values.size_bytes());
  }
  std::uint64_t digest() const;
  /// Sixteen hexadecimal digits.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ternsim
