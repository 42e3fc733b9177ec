#include "kernels/scratch.h"

#include <array>
#include <memory>

#include "kernels/weight_arena.h"

namespace ternsim::kernels {

namespace {

struct Piece {
  std::shared_ptr<std::uint8_t[]> memory;
  std::size_t size = 0;
};

}  // namespace

std::uint8_t* thread_scratch(Scratch use, std::size_t bytes) {
  thread_local std::array<Piece, static_cast<std::size_t>(Scratch::kCount)> pieces;
  Piece& piece = pieces[static_cast<std::size_t>(use)];
  if (bytes > piece.size || piece.memory == nullptr) {
    const std::size_t size = bytes + bytes / 2;  // growing batches do not allocate at each step
    piece.memory.reset();
    piece.size = 0;
    piece.memory = allocate_aligned(size);
    piece.size = size;
  }
  return piece.memory.get();
}

}  // namespace ternsim::kernels
