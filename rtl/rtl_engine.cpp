#include "rtl/rtl_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace ternsim::rtl {

namespace {

/// Cycles without any handshake, both sides willing, after which the unit counts as hung. Its longest honest silence is
/// its latency.
constexpr int kHangCycles = 1000;

std::string where(const model::Matmul& m) {
  return fmt::format("RTL engine, {} ({} x {}, {} tokens)", m.name, m.weights.rows(), m.weights.cols(), m.tokens);
}

}  // namespace

/// The beats of a product in their order.
class RtlEngine::Feeder {
 public:
  Feeder(const model::Matmul& matmul, const std::vector<sim::TileSpan>& tiles, const sim::MatrixGeometry& geometry,
         TileCodes& codes)
      : matmul_(matmul), tiles_(tiles), codes_(codes), lanes_(geometry.lanes) {
    tail_.resize(static_cast<std::size_t>(lanes_));
    codes_.load(matmul_.weights, tile().row0, tile().rows);
  }

  bool done() const { return tile_ == tiles_.size(); }
  /// Weight-activation pairs of the present beat.
  std::int64_t lane_adds() const { return tile().rows * width(); }

  /// The present beat; its spans hold until advance().
  Beat beat() {
    const std::int64_t cols = matmul_.weights.cols();
    const std::int64_t start = (tile().token0 + token_) * cols + k_ * lanes_;
    std::span<const std::int8_t> activations =
        matmul_.activations.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(width()));
    if (width() < lanes_) {
      std::ranges::fill(std::ranges::copy(activations, tail_.begin()).out, tail_.end(), std::int8_t{0});
      activations = tail_;
    }
    return {.activations = activations,
            .codes = token_ == 0 ? codes_.beat(k_) : std::span<const std::uint8_t>{},
            .slot = static_cast<int>(token_),
            .first = k_ == 0,
            .last = is_last()};
  }
  bool is_last() const { return k_ == codes_.beats() - 1; }

  void advance() {
    if (++token_ < tile().tokens) return;
    token_ = 0;
    if (++k_ < codes_.beats()) return;
    k_ = 0;
    const std::int64_t row0 = tile().row0;
    if (++tile_ < tiles_.size() && tile().row0 != row0) codes_.load(matmul_.weights, tile().row0, tile().rows);
  }

 private:
  const sim::TileSpan& tile() const { return tiles_[tile_]; }
  std::int64_t width() const { return std::min(lanes_, matmul_.weights.cols() - k_ * lanes_); }

  const model::Matmul& matmul_;
  const std::vector<sim::TileSpan>& tiles_;
  TileCodes& codes_;
  std::int64_t lanes_;
  std::size_t tile_ = 0;
  std::int64_t k_ = 0;
  std::int64_t token_ = 0;
  std::vector<std::int8_t> tail_;
};

/// Puts the unit's outputs, which come in the order of the last beats, into their places.
class RtlEngine::Collector {
 public:
  Collector(const model::Matmul& matmul, const std::vector<sim::TileSpan>& tiles, std::span<std::int32_t> sums,
            const sim::MatrixGeometry& geometry)
      : matmul_(matmul), tiles_(tiles), sums_(sums), column_(static_cast<std::size_t>(geometry.rows)) {}

  bool done() const { return tile_ == tiles_.size(); }
  /// The unit accepted a last beat: one more output will come.
  void expect() { ++due_; }

  void take(VerilatedUnit& unit) {
    if (due_ == 0 || unit.output_slot() != token_) {
      throw MismatchError(fmt::format("{}: output of slot {} when {}", where(matmul_), unit.output_slot(),
                                      due_ == 0 ? std::string("none is due") : fmt::format("slot {} is due", token_)));
    }
    --due_;
    const sim::TileSpan& tile = tiles_[tile_];
    unit.output_sums(column_);
    std::copy_n(column_.begin(), tile.rows,
                sums_.begin() + (tile.token0 + token_) * matmul_.weights.rows() + tile.row0);
    if (++token_ == tile.tokens) {
      token_ = 0;
      ++tile_;
    }
  }

 private:
  const model::Matmul& matmul_;
  const std::vector<sim::TileSpan>& tiles_;
  std::span<std::int32_t> sums_;
  std::vector<std::int32_t> column_;
  std::size_t tile_ = 0;
  std::int64_t token_ = 0;
  std::int64_t due_ = 0;
};

RtlEngine::RtlEngine(std::string_view config, const Disturbance& disturbance)
    : RtlEngine(VerilatedUnit::make(config), disturbance) {}

RtlEngine::RtlEngine(const sim::MatrixGeometry& geometry, const Disturbance& disturbance)
    : RtlEngine(VerilatedUnit::make(geometry), disturbance) {}

RtlEngine::RtlEngine(std::unique_ptr<VerilatedUnit> unit, const Disturbance& disturbance)
    : unit_(std::move(unit)), disturbance_(disturbance), random_(disturbance.seed), codes_(unit_->geometry()) {
  disturb(disturbance);
}

void RtlEngine::disturb(const Disturbance& disturbance) {
  // A probability of one would never let the product end.
  for (const double p : {disturbance.input_gap, disturbance.output_stall}) {
    if (!(p >= 0.0 && p < 1.0)) throw RequestError(fmt::format("disturbance {}: must be at least 0 and below 1", p));
  }
  disturbance_ = disturbance;
  random_ = Random(disturbance.seed);
}

RtlEngine::~RtlEngine() = default;

void RtlEngine::multiply(const model::Matmul& matmul, std::span<std::int32_t> sums) {
  check(matmul, sums);
  const int bits = geometry().accumulator_bits;
  const std::int64_t max_cols = ((std::int64_t{1} << (bits - 1)) - 1) / 128;
  if (matmul.weights.cols() > max_cols) {
    throw RequestError(
        fmt::format("{}: {} columns of int8 can overflow the {}-bit accumulators of RTL configuration "
                    "'{}', which hold {}",
                    where(matmul), matmul.weights.cols(), bits, geometry().name, max_cols));
  }
  try {
    run(matmul, sums);
  } catch (...) {
    unit_->idle();
    unit_->reset();
    throw;
  }
  ++counters_.matmuls;
}

void RtlEngine::run(const model::Matmul& matmul, std::span<std::int32_t> sums) {
  const std::vector<sim::TileSpan> tiles = sim::tiles_of(matmul.weights.rows(), matmul.tokens, geometry());
  Feeder feeder(matmul, tiles, geometry(), codes_);
  Collector collector(matmul, tiles, sums, geometry());
  const bool gaps = disturbance_.input_gap > 0.0;
  const bool stalls = disturbance_.output_stall > 0.0;

  bool offered = false;  // a beat on the port stays until it is accepted
  int silent = 0;
  while (!collector.done()) {
    if (!offered) {
      offered = !feeder.done() && !(gaps && random_.uniform() < disturbance_.input_gap);
      if (offered) {
        unit_->drive(feeder.beat());
      } else {
        unit_->idle();
      }
    }
    const bool willing = !(stalls && random_.uniform() < disturbance_.output_stall);
    unit_->set_output_ready(willing);

    const bool accepted = offered && unit_->input_ready();
    const bool taken = willing && unit_->output_valid();
    if (taken) collector.take(*unit_);
    unit_->step();
    ++counters_.cycles;

    if (accepted) {
      counters_.lane_adds += static_cast<std::uint64_t>(feeder.lane_adds());
      if (feeder.is_last()) collector.expect();
      feeder.advance();
      offered = false;
    }
    if (accepted || taken) {
      silent = 0;
    } else if (willing && (offered || feeder.done()) && ++silent > geometry().latency() + kHangCycles) {
      throw MismatchError(
          fmt::format("{}: hung, no handshake for {} cycles at cycle {}", where(matmul), silent, unit_->cycles()));
    }
  }
  unit_->idle();
  if (unit_->output_valid()) throw MismatchError(fmt::format("{}: an output more than was due", where(matmul)));
  if (unit_->illegal()) {
    throw MismatchError(
        fmt::format("{}: {} weight loads with the illegal code 3; the model's packed weights are "
                    "corrupt",
                    where(matmul), unit_->illegal_count()));
  }
  counters_.tiles += tiles.size();
}

}  // namespace ternsim::rtl
