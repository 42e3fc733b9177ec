#include "kernels/machine_limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>

#include "kernels/isa_bodies.h"
#include "kernels/machine_limits_bodies.h"
#include "kernels/weight_arena.h"

namespace ternsim::kernels {

namespace {

using Clock = std::chrono::steady_clock;

struct LoopKind {
  const char* name;
  int streams;
  std::int64_t ahead;
};
constexpr LoopKind kLoops[] = {{"1 stream", 1, 0},  {"1 stream, prefetch", 1, 4096},
                               {"4 streams", 4, 0}, {"4 streams, prefetch", 4, 2048},
                               {"8 streams", 8, 0}, {"8 streams, prefetch", 8, 1024}};

constexpr IsaBodies<const MachineLimitsBody*> kBodies = {
    .scalar = &kLimitsPlain,
#ifdef TERNSIM_HAS_AVX512
    .avx2 = &kLimitsAvx2,
    .avx512 = &kLimitsAvx512,
#endif
};

const TileLimitBody* tile_body_of(Isa isa) {
#ifdef TERNSIM_HAS_AMX
  if (isa == Isa::Amx) return &kTileLimitAmx;
#endif
  static_cast<void>(isa);
  return nullptr;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// 1e9 multiply-accumulates a second; multiply(part, rounds) makes `macs_per_round` each round.
template <typename Multiply>
double measure_multiply(const Multiply& multiply, std::int64_t macs_per_round, ThreadPool& pool, int passes) {
  // Long enough for the clock, short enough that some pass goes undisturbed on a busy machine.
  constexpr double kEnough = 0.001;  // seconds
  double best = 0;
  std::int64_t rounds = 1000;
  for (int done = 0; done < passes;) {
    const Clock::time_point start = Clock::now();
    pool.run([&](int part) { multiply(part, rounds); });
    const double seconds = seconds_since(start);
    if (seconds < kEnough) {
      rounds *= 2;
      continue;
    }
    best = std::max(best, static_cast<double>(rounds * macs_per_round) * pool.threads() / seconds * 1e-9);
    ++done;
  }
  return best;
}

}  // namespace

const ReadLoop& MachineLimits::best_read() const {
  return *std::ranges::max_element(read_loops, {}, &ReadLoop::gb_per_s);
}

MachineLimits measure_machine_limits(Isa isa, ThreadPool& pool, const MachineLimitsOptions& options) {
  const MachineLimitsBody& body = *kBodies.of(isa);
  const int passes = std::max(1, options.passes);
  MachineLimits limits;
  limits.int8_instruction = body.instruction;
  struct alignas(64) Sink {
    std::int32_t values[64];
  };
  std::vector<Sink> sinks(static_cast<std::size_t>(pool.threads()));
  limits.int8_gmac_s =
      measure_multiply([&](int part, std::int64_t rounds) { body.multiply(rounds, sinks[part].values); },
                       body.macs_per_round, pool, 20 * passes);
  if (const TileLimitBody* const tiles = tile_body_of(isa)) {
    limits.tile_instruction = tiles->instruction;
    limits.tile_gmac_s = measure_multiply([&](int, std::int64_t rounds) { tiles->multiply(rounds); },
                                          tiles->macs_per_round, pool, 20 * passes);
  }

  // A whole huge page at least for each thread.
  const auto threads = static_cast<std::size_t>(pool.threads());
  const std::size_t share =
      std::max(options.bytes / threads / WeightArena::kHugePage, std::size_t{1}) * WeightArena::kHugePage;
  WeightBytes memory;
  memory.resize(share * threads);
  // Not zeros: those may all be one page. Any of the threads may write a share and another read it: on a machine of
  // several memory nodes keep the program on one of them, for this figure as for the products themselves.
  pool.run([&](int part) { std::memset(memory.data() + static_cast<std::size_t>(part) * share, part + 1, share); });
  std::atomic<std::uint64_t> sink{0};
  for (const LoopKind& loop : kLoops) {
    const ReadAhead ahead{.bytes = loop.ahead, .second_level = read_ahead_of(loop.streams).second_level};
    ReadLoop result{loop.name, 0};
    for (int pass = 0; pass < passes; ++pass) {
      const Clock::time_point start = Clock::now();
      pool.run([&](int part) {
        sink += body.read(memory.data() + static_cast<std::size_t>(part) * share, static_cast<std::int64_t>(share),
                          loop.streams, ahead);
      });
      result.gb_per_s = std::max(result.gb_per_s, static_cast<double>(share * threads) / seconds_since(start) * 1e-9);
    }
    limits.read_loops.push_back(std::move(result));
  }
  return limits;
}

}  // namespace ternsim::kernels
