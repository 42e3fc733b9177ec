#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace ternsim::kernels {

/// Zeroed memory of 64-byte alignment from the heap.
std::shared_ptr<std::uint8_t[]> allocate_aligned(std::size_t bytes);

/// Memory for one large array: from 2 MiB on its own pages, huge ones asked for, else from the heap. Throws
/// std::bad_alloc.
void* allocate_weight_bytes(std::size_t bytes);
void free_weight_bytes(void* p, std::size_t bytes);

/// The allocator of `WeightBytes`. `resize` leaves new bytes as they are: loaders write each of them once.
template <typename T>
struct WeightAllocator {
  using value_type = T;
  WeightAllocator() = default;
  template <typename U>
  WeightAllocator(const WeightAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(allocate_weight_bytes(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) { free_weight_bytes(p, n * sizeof(T)); }
  template <typename U, typename... Arguments>
  void construct(U* p, Arguments&&... arguments) {
    if constexpr (sizeof...(Arguments) > 0) ::new (static_cast<void*>(p)) U(std::forward<Arguments>(arguments)...);
  }
  friend bool operator==(const WeightAllocator&, const WeightAllocator&) { return true; }
};
using WeightBytes = std::vector<std::uint8_t, WeightAllocator<std::uint8_t>>;

/// Memory for a model's weights: chunks aligned to 2 MiB for which huge pages are asked before the first touch
/// (madvise), cut into pieces, so that many small matrices share pages. Where huge pages cannot be had the memory is
/// the same, only slower to read. A chunk lives as long as a piece of it does. Safe for use from several threads.
class WeightArena {
 public:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kAlignment = 64;

  /// Untouched memory of a chunk takes no pages, so chunks may be generous.
  explicit WeightArena(std::size_t chunk_bytes = std::size_t{64} << 20) : chunk_bytes_(chunk_bytes) {}
  WeightArena(const WeightArena&) = delete;
  WeightArena& operator=(const WeightArena&) = delete;

  /// Zeroed, 64-byte aligned. Throws std::bad_alloc; the arena is then as before.
  std::shared_ptr<std::uint8_t[]> allocate(std::size_t bytes);

 private:
  std::size_t chunk_bytes_;
  std::mutex mutex_;
  std::shared_ptr<std::uint8_t[]> chunk_;
  std::size_t used_ = 0;
  std::size_t size_ = 0;
};

}  // namespace ternsim::kernels
