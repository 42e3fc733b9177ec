#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ternsim::model {

/// One tensor's bytes, wherever they are. They are copied on demand, so that a file of gigabytes takes no pages of its
/// reader.
struct TensorSource {
  std::string where;        ///< "file: tensor 'x'", the beginning of messages
  std::uint64_t bytes = 0;  ///< in all
  /// Copies out.size() bytes from `offset` on, which the caller keeps inside of `bytes`. Safe from several threads.
  std::function<void(std::uint64_t offset, std::span<std::uint8_t> out)> read;
};

/// Bytes in memory that outlive the result.
inline TensorSource source_of(std::span<const std::uint8_t> bytes, std::string where) {
  return {std::move(where), bytes.size(), [bytes](std::uint64_t offset, std::span<std::uint8_t> out) {
            if (!out.empty()) std::memcpy(out.data(), bytes.data() + offset, out.size());
          }};
}

/// Calls body(first unit, bytes of whole units) for pieces of about a megabyte of `units` units of `unit_bytes`, front
/// to back.
template <typename Body>
void for_each_piece(const TensorSource& source, std::int64_t units, std::int64_t unit_bytes, Body body) {
  constexpr std::int64_t kPiece = std::int64_t{1} << 20;
  const std::int64_t step = std::clamp<std::int64_t>(kPiece / unit_bytes, 1, std::max<std::int64_t>(units, 1));
  std::vector<std::uint8_t> buffer(static_cast<std::size_t>(step * unit_bytes));
  for (std::int64_t first = 0; first < units; first += step) {
    const auto size = static_cast<std::size_t>(std::min(step, units - first) * unit_bytes);
    const std::span<std::uint8_t> piece(buffer.data(), size);
    source.read(static_cast<std::uint64_t>(first * unit_bytes), piece);
    body(first, std::span<const std::uint8_t>(piece));
  }
}

}  // namespace ternsim::model
