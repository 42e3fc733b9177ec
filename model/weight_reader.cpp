#include "model/weight_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/quantised_blocks.h"

namespace ternsim::model {

namespace {

constexpr std::uint64_t kChunk = std::uint64_t{64} << 20;

// Below a huge page an arena would only take more than is needed.
std::unique_ptr<kernels::WeightArena> arena_for(std::uint64_t bytes) {
  if (bytes < kernels::WeightArena::kHugePage) return nullptr;
  return std::make_unique<kernels::WeightArena>(static_cast<std::size_t>(std::min(bytes, kChunk)));
}

}  // namespace

void refuse_not_finite(const TensorSource& source, ElementType type, std::span<const std::uint8_t> piece,
                       std::int64_t first, std::int64_t cols) {
  const std::int64_t bad = first_not_finite(type, piece);
  if (bad >= 0)
    throw InputError(fmt::format("{} holds a NaN or infinity at row {}, column {}; the model is damaged", source.where,
                                 first + bad / cols, bad % cols));
}

WeightReader::WeightReader(const LoadOptions& options, std::uint64_t linear_bytes)
    : options_(options), arena_(arena_for(linear_bytes)) {}

void WeightReader::linear(BitLinearWeights& to, std::uint64_t bytes, bool is_down, ReadLinear read) {
  const kernels::Packing packing =
      is_down && options_.columns_for_down ? kernels::Packing::TwoBitColumns : options_.packing;
  jobs_.add(bytes, [&to, packing, bytes, arena = arena_.get(), read = std::move(read)] {
    if (packing == kernels::Packing::TwoBit) {
      to = read(arena);
      to.codes.index_zero_rows();  // products skip them
      return;
    }
    // The codes go back at once: to the system, where they are large, for the heap would keep them.
    kernels::WeightArena passing(kernels::WeightArena::kHugePage);
    to = read(bytes < kernels::WeightArena::kHugePage / 2 ? nullptr : &passing);
    to.repacked = kernels::repack(to.codes, packing, arena);
    to.codes.release();
  });
}

void WeightReader::dense(DenseMatrix& to, ElementType type, std::int64_t rows, std::int64_t cols,
                         const TensorSource& source) {
  constexpr std::int64_t kJob = std::int64_t{16} << 20;   // bytes that one thread takes at a time
  constexpr std::int64_t kPiece = std::int64_t{1} << 18;  // bytes that are checked while they are in the cache
  to = {type, rows, cols, kernels::WeightBytes(static_cast<std::size_t>(source.bytes))};
  const std::int64_t bytes = row_bytes(type, cols);
  const std::int64_t rows_a_job = std::max<std::int64_t>(kJob / bytes, 1);
  const std::int64_t rows_a_piece = std::max<std::int64_t>(kPiece / bytes, 1);
  for (std::int64_t start = 0; start < rows; start += rows_a_job) {
    const std::int64_t end = std::min(rows, start + rows_a_job);
    jobs_.add(static_cast<std::uint64_t>((end - start) * bytes),
              [&to, type, cols, source, bytes, rows_a_piece, start, end] {
                for (std::int64_t r = start; r < end; r += rows_a_piece) {
                  const auto size = static_cast<std::size_t>(std::min(rows_a_piece, end - r) * bytes);
                  const std::span<std::uint8_t> piece(to.bytes.data() + r * bytes, size);
                  source.read(static_cast<std::uint64_t>(r * bytes), piece);
                  refuse_not_finite(source, type, piece, r, cols);
                }
              });
  }
}

void WeightReader::floats(std::vector<float>& to, ElementType type, std::int64_t count, const TensorSource& source) {
  jobs_.add(source.bytes, [&to, type, count, source] {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(source.bytes));
    source.read(0, bytes);
    refuse_not_finite(source, type, bytes, 0, count);
    to.resize(static_cast<std::size_t>(count));
    decode_row(type, bytes, to);
  });
}

}  // namespace ternsim::model
