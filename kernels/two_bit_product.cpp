#include "kernels/two_bit_product.h"

#include <algorithm>
#include <cstring>

#include "kernels/isa_bodies.h"
#include "kernels/packing_body.h"
#include "kernels/scratch.h"
#include "kernels/thread_pool.h"

namespace ternsim::kernels {

namespace {

/// Rows of a share are cut here, so that a cache line of sums has one writer.
constexpr std::int64_t kRowGrain = 16;
/// Bytes of a piece that a thread takes at least: its first cache lines come late. Several pieces a thread, where there
/// is enough for that, even out what other programs take of the processors.
constexpr std::int64_t kPieceBytes = 256 * 1024;
constexpr std::int64_t kMaxPieces = 4;
/// Panels of rows that are turned into two-bit rows at a time.
constexpr std::int64_t kPanels = 2;
/// Sums of a block: 64 KiB stay in the second-level cache until they are taken.
constexpr std::int64_t kBlockSums = 16384;
/// Rows beyond a block that bodies may ask memory for.
constexpr std::int64_t kRowsAhead = 64;
/// Below this many activations one thread lays them out: waking others would take longer.
constexpr std::int64_t kSharedPreparation = 32768;

constexpr IsaBodies<const TwoBitBody*> kBodies = {
    .scalar = &kTwoBitScalar,
#ifdef TERNSIM_HAS_AVX512
    .avx2 = &kTwoBitAvx2,
    .avx512 = &kTwoBitAvx512,
#endif
#ifdef TERNSIM_HAS_AMX
    .amx = &kTwoBitAmx,
#endif
#ifdef TERNSIM_HAS_NEON
    .neon = &kTwoBitNeon,
    .neon_dot = &kTwoBitNeonDot,
#endif
};

/// Shares are cut at multiples of this many rows.
std::int64_t grain_of(const TwoBitBody& body, std::int64_t tokens) { return tokens == 1 ? kRowGrain : body.panel_rows; }

/// Parts a thread for `bytes` of weights.
int pieces_for(std::int64_t bytes, const ThreadPool& pool) {
  return static_cast<int>(std::clamp(bytes / pool.threads() / kPieceBytes, std::int64_t{1}, kMaxPieces));
}

constexpr std::int64_t whole_lines(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

/// A thread's share of a product that goes on in blocks.
struct BlockJob {
  const TwoBitBody& body;
  const PackedTernary& weights;
  const PreparedActivations& prepared;
  std::int64_t tokens;
  const TakeSums& take;
  std::int64_t block_rows;

  void operator()(std::int64_t begin, std::int64_t end) const {
    // One piece of memory for all uses: room for the body, for a list of rows, for the sums.
    const std::int64_t own = whole_lines(body.scratch_bytes(weights.row_bytes(), tokens));
    const std::int64_t list = whole_lines((block_rows + kRowsAhead) * std::int64_t{sizeof(std::int32_t)});
    const std::int64_t sums = tokens * block_rows * std::int64_t{sizeof(std::int32_t)};
    std::uint8_t* const scratch = thread_scratch(Scratch::Panel, static_cast<std::size_t>(own + list + sums));
    for (std::int64_t row = begin; row < end; row += block_rows) {
      block(row, std::min(block_rows, end - row), scratch, reinterpret_cast<std::int32_t*>(scratch + own),
            reinterpret_cast<std::int32_t*>(scratch + own + list));
    }
  }

 private:
  void block(std::int64_t row, std::int64_t rows, std::uint8_t* scratch, std::int32_t* list, std::int32_t* sums) const {
    TwoBitArguments arguments{.codes = weights.row(row).data(),
                              .row_bytes = weights.row_bytes(),
                              .row_list = nullptr,
                              .begin = 0,
                              .end = rows,
                              .count = weights.rows() - row,
                              .activations = prepared.values,
                              .token_sums = prepared.token_sums,
                              .tokens = tokens,
                              .sums = sums,
                              .sums_stride = block_rows,
                              .scratch = scratch};
    if (!weights.zero_rows().empty()) {
      const std::span<const std::int32_t> live = weights.live_rows();
      const auto first = std::ranges::lower_bound(live, row);
      const auto last = std::ranges::lower_bound(first, live.end(), row + rows);
      arguments.row_list = list;
      arguments.end = last - first;
      arguments.count = std::min(live.end() - first, arguments.end + kRowsAhead);
      for (std::int64_t i = 0; i < arguments.count; ++i) list[i] = first[i] - static_cast<std::int32_t>(row);
      std::memset(sums, 0, static_cast<std::size_t>(tokens * block_rows) * sizeof(std::int32_t));
    }
    if (arguments.end > 0) body.multiply(arguments);
    take({sums, block_rows, row, rows});
  }
};

}  // namespace

const TwoBitBody& two_bit_body(Isa isa) { return *kBodies.of(isa); }

PreparedActivations prepare_activations(const TwoBitBody& body, std::span<const std::int8_t> activations,
                                        std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
                                        ThreadPool* pool) {
  const std::int64_t bytes = body.prepared_bytes(row_bytes, tokens);
  auto* const values =
      reinterpret_cast<std::int8_t*>(thread_scratch(Scratch::Activations, static_cast<std::size_t>(bytes)));
  auto* const token_sums = reinterpret_cast<std::int32_t*>(
      thread_scratch(Scratch::Sums, static_cast<std::size_t>(tokens) * sizeof(std::int32_t)));
  const auto prepare = [&](std::int64_t part, std::int64_t parts) {
    body.prepare(activations.data(), cols, row_bytes, tokens, part, parts, values, token_sums);
  };
  if (pool == nullptr || pool->threads() == 1 || tokens * cols < kSharedPreparation) {
    prepare(0, 1);
  } else {
    pool->run([&prepare, pool](int part) { prepare(part, pool->threads()); });
  }
  return {values, token_sums};
}

void multiply_rows(const TwoBitBody& body, const TwoBitArguments& arguments, ThreadPool* pool) {
  const auto scratch_bytes = static_cast<std::size_t>(body.scratch_bytes(arguments.row_bytes, arguments.tokens));
  struct Job {
    const TwoBitBody& body;
    const TwoBitArguments& arguments;
    std::size_t scratch_bytes;
    void operator()(std::int64_t begin, std::int64_t end) const {
      TwoBitArguments share = arguments;
      share.begin = begin;
      share.end = end;
      share.scratch = thread_scratch(Scratch::Panel, scratch_bytes);
      body.multiply(share);
    }
  };
  const Job job{body, arguments, scratch_bytes};
  if (arguments.count == 0) return;
  if (pool == nullptr) {
    job(0, arguments.count);
  } else {
    pool->parallel_for(
        arguments.count, grain_of(body, arguments.tokens),
        [&job](std::int64_t begin, std::int64_t end) { job(begin, end); },
        pieces_for(arguments.count * arguments.row_bytes, *pool));
  }
}

void multiply_blocks(const TwoBitBody& body, const PackedTernary& weights, const PreparedActivations& prepared,
                     std::int64_t tokens, const TakeSums& take, ThreadPool* pool) {
  const std::int64_t rows = weights.rows();
  const std::int64_t grain = grain_of(body, tokens);
  const std::int64_t whole = (rows + grain - 1) / grain * grain;
  const BlockJob job{body,   weights, prepared,
                     tokens, take,    std::clamp(kBlockSums / tokens / grain * grain, grain, whole)};
  if (pool == nullptr) {
    job(0, rows);
  } else {
    pool->parallel_for(
        rows, grain, [&job](std::int64_t begin, std::int64_t end) { job(begin, end); },
        pieces_for(rows * weights.row_bytes(), *pool));
  }
}

void multiply_as_two_bit(const PackingBody& packing, const RepackedTernary& weights,
                         std::span<const std::int8_t> activations, std::int64_t tokens, std::span<std::int32_t> sums,
                         Isa isa, ThreadPool* pool) {
  const TwoBitBody& body = two_bit_body(isa);
  const std::int64_t row_bytes =
      (weights.cols() + PackedTernary::kBlockWeights - 1) / PackedTernary::kBlockWeights * PackedTernary::kBlockBytes;
  const PreparedActivations prepared = prepare_activations(body, activations, weights.cols(), row_bytes, tokens, pool);
  const auto scratch_bytes = static_cast<std::size_t>(body.scratch_bytes(row_bytes, tokens));
  const std::int64_t panel_rows = kPanels * body.panel_rows;
  const auto share = [&](std::int64_t begin, std::int64_t end) {
    std::uint8_t* const rows = thread_scratch(Scratch::Rows, static_cast<std::size_t>(panel_rows * row_bytes));
    std::uint8_t* const scratch = thread_scratch(Scratch::Panel, scratch_bytes);
    for (std::int64_t r = begin; r < end; r += panel_rows) {
      const std::int64_t count = std::min(panel_rows, end - r);
      packing.two_bit_rows(weights, r, r + count, rows);
      body.multiply({.codes = rows,
                     .row_bytes = row_bytes,
                     .row_list = nullptr,
                     .begin = 0,
                     .end = count,
                     .count = count,
                     .activations = prepared.values,
                     .token_sums = prepared.token_sums,
                     .tokens = tokens,
                     .sums = sums.data() + r,
                     .sums_stride = weights.rows(),
                     .scratch = scratch});
    }
  };
  if (pool == nullptr) {
    share(0, weights.rows());
  } else {
    pool->parallel_for(weights.rows(), panel_rows,
                       [&share](std::int64_t begin, std::int64_t end) { share(begin, end); });
  }
}

}  // namespace ternsim::kernels
