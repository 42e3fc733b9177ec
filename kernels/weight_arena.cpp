#include "kernels/weight_arena.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace ternsim::kernels {

namespace {

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  if (bytes > SIZE_MAX - unit) throw std::bad_alloc();
  return (bytes + unit - 1) / unit * unit;
}

/// Anonymous pages, aligned to a huge page: mmap gives more than asked and the ends go back.
std::uint8_t* map_pages(std::size_t bytes) {
  if (bytes > SIZE_MAX - WeightArena::kHugePage) throw std::bad_alloc();
  const std::size_t mapped = bytes + WeightArena::kHugePage;
  void* const raw = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  auto* const start = static_cast<std::uint8_t*>(raw);
  const std::size_t over = reinterpret_cast<std::uintptr_t>(start) % WeightArena::kHugePage;
  const std::size_t lead = over == 0 ? 0 : WeightArena::kHugePage - over;
  if (lead != 0) munmap(start, lead);
  munmap(start + lead + bytes, WeightArena::kHugePage - lead);
  madvise(start + lead, bytes, MADV_HUGEPAGE);  // refused where the kernel has none: still correct
  return start + lead;
}

}  // namespace

std::shared_ptr<std::uint8_t[]> allocate_aligned(std::size_t bytes) {
  const std::size_t rounded = round_up(bytes == 0 ? 1 : bytes, WeightArena::kAlignment);
  auto* const p = static_cast<std::uint8_t*>(std::aligned_alloc(WeightArena::kAlignment, rounded));
  if (p == nullptr) throw std::bad_alloc();
  std::memset(p, 0, rounded);
  return {p, [](std::uint8_t* q) { std::free(q); }};
}

void* allocate_weight_bytes(std::size_t bytes) {
  if (bytes >= WeightArena::kHugePage) return map_pages(round_up(bytes, WeightArena::kHugePage));
  return ::operator new(bytes, std::align_val_t{WeightArena::kAlignment});
}

void free_weight_bytes(void* p, std::size_t bytes) {
  if (bytes >= WeightArena::kHugePage) {
    munmap(p, round_up(bytes, WeightArena::kHugePage));
  } else {
    ::operator delete(p, std::align_val_t{WeightArena::kAlignment});
  }
}

std::shared_ptr<std::uint8_t[]> WeightArena::allocate(std::size_t bytes) {
  const std::size_t rounded = round_up(bytes == 0 ? 1 : bytes, kAlignment);
  const std::lock_guard lock(mutex_);
  if (rounded > size_ - used_) {
    // The old chunk stays as it is until the new one is there: either step may throw.
    const std::size_t size = round_up(rounded > chunk_bytes_ ? rounded : chunk_bytes_, kHugePage);
    chunk_.reset(map_pages(size), [size](std::uint8_t* p) { munmap(p, size); });
    size_ = size;
    used_ = 0;
  }
  std::shared_ptr<std::uint8_t[]> piece(chunk_, chunk_.get() + used_);
  used_ += rounded;
  return piece;
}

}  // namespace ternsim::kernels
