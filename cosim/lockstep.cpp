#include "cosim/lockstep.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "cosim/product.h"
#include "model/cpu_engine.h"
#include "rtl/engine_driver.h"
#include "sim/systemc_engine.h"

namespace ternsim::cosim {

namespace {

std::string where(const model::Matmul& m) {
  return fmt::format("{} ({} x {}, {} tokens)", m.name, m.weights.rows(), m.weights.cols(), m.tokens);
}

/// What nobody's arithmetic but this loop's has to do with.
void plain_sums(const model::Matmul& m, std::vector<std::int32_t>& sums) {
  const std::int64_t rows = m.weights.rows();
  const std::int64_t cols = m.weights.cols();
  sums.resize(static_cast<std::size_t>(m.tokens * rows));
  std::vector<std::int8_t> row(static_cast<std::size_t>(cols));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k)
      row[static_cast<std::size_t>(k)] = static_cast<std::int8_t>(m.weights.weight(r, k));
    for (std::int64_t t = 0; t < m.tokens; ++t) {
      const std::int8_t* activations = m.activations.data() + t * cols;
      std::int32_t sum = 0;
      for (std::int64_t k = 0; k < cols; ++k) sum += row[static_cast<std::size_t>(k)] * activations[k];
      sums[static_cast<std::size_t>(t * rows + r)] = sum;
    }
  }
}

/// Cycles of an undisturbed product as EngineDriver::multiply runs it: commands of as many tokens as the activation
/// buffer holds, as many of them at a time as the queue does.
std::uint64_t engine_cycles(const sim::EngineGeometry& g, const model::Matmul& m) {
  const std::int64_t rows = m.weights.rows();
  const std::int64_t cols = m.weights.cols();
  const std::int64_t step = g.max_tokens(cols) * g.queue_depth;
  std::int64_t cycles = 0;
  for (std::int64_t token = 0; token < m.tokens; token += step)
    cycles += g.cycles(g.beats(rows, cols, std::min(step, m.tokens - token)));
  return static_cast<std::uint64_t>(cycles);
}

/// Cycles of an undisturbed product on the matrix unit alone: its tiles follow one another without draining.
std::uint64_t unit_cycles(const sim::EngineGeometry& g, const model::Matmul& m) {
  return static_cast<std::uint64_t>(g.beats(m.weights.rows(), m.weights.cols(), m.tokens) + g.unit.latency());
}

}  // namespace

std::int64_t vectors_of(std::int64_t rows, std::int64_t tokens, const sim::MatrixGeometry& unit) {
  return unit.row_tiles(rows) * tokens;
}

struct Lockstep::Bodies {
  explicit Bodies(const sim::EngineGeometry& g) : systemc(g.unit), unit(g.unit), engine(g.unit.name) {}
  model::MatrixEngine& of(Body body) {
    switch (body) {
      case Body::Cpu:
        return cpu;
      case Body::SystemC:
        return systemc;
      case Body::Unit:
        return unit;
      case Body::Engine:
        break;
    }
    return engine;
  }
  model::CpuEngine cpu;
  sim::SystemCEngine systemc;
  rtl::RtlEngine unit;
  rtl::EngineDriver engine;
};

/// What one body counted for one product.
struct Lockstep::Step {
  std::uint64_t cycles = 0;
  std::uint64_t lane_adds = 0;
};

Lockstep::Lockstep(const sim::EngineGeometry& geometry)
    : geometry_(geometry), bodies_(std::make_unique<Bodies>(geometry)) {
  if (describe(bodies_->engine.geometry()) != describe(geometry))
    throw RequestError(
        fmt::format("RTL configuration '{}' was compiled with other parameters than rtl/configs.yaml has now: build "
                    "again",
                    geometry.unit.name));
}

Lockstep::~Lockstep() = default;

std::optional<Mismatch> Lockstep::run(const model::Matmul& matmul, const rtl::Disturbance& disturbance) {
  if (matmul.weights.cols() > geometry_.max_cols())
    throw RequestError(fmt::format("{}: the RTL engine '{}' admits {} columns at most", where(matmul),
                                   geometry_.unit.name, geometry_.max_cols()));
  bodies_->unit.disturb(disturbance);
  bodies_->engine.disturb(disturbance);
  plain_sums(matmul, expected_);
  const bool disturbed = disturbance.input_gap > 0 || disturbance.output_stall > 0;
  fault_now_ = fault_ && figures_.products >= fault_->product && !(fault_->kind == FaultKind::Cycles && disturbed);
  auto mismatch = compare(matmul, disturbed);
  if (!mismatch) add_up(matmul);
  return mismatch;
}

bool Lockstep::faulty(Body body, FaultKind kind) const {
  return fault_now_ && fault_->body == body && fault_->kind == kind;
}

std::optional<Mismatch> Lockstep::compare(const model::Matmul& matmul, bool disturbed) {
  std::array<Step, kBodies> steps;
  for (const Body body : kAllBodies)
    if (auto mismatch = run_body(body, matmul, steps[static_cast<std::size_t>(body)])) return mismatch;
  if (!disturbed) {
    if (auto mismatch = compare_cycles(matmul, steps)) return mismatch;
    for (const Body body : kAllBodies)
      figures_.of(body).compared_cycles += steps[static_cast<std::size_t>(body)].cycles;
    ++figures_.undisturbed;
  } else {
    figures_.disturbed_vectors +=
        static_cast<std::uint64_t>(vectors_of(matmul.weights.rows(), matmul.tokens, geometry_.unit));
  }
  return std::nullopt;
}

std::optional<Mismatch> Lockstep::run_body(Body body, const model::Matmul& matmul, Step& step) {
  model::MatrixEngine& engine = bodies_->of(body);
  const model::EngineCounters before = engine.counters();
  const auto start = std::chrono::steady_clock::now();
  sums_.assign(expected_.size(), 0x5A5A5A5A);
  try {
    engine.multiply(matmul, sums_);
  } catch (const MismatchError& e) {
    return Mismatch{body, e.what()};
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  step.cycles = engine.counters().cycles - before.cycles;
  step.lane_adds = engine.counters().lane_adds - before.lane_adds;
  BodyFigures& figures = figures_.of(body);
  figures.cycles += step.cycles;
  figures.lane_adds += step.lane_adds;
  figures.seconds += seconds.count();
  // Behind what the figures say: a fault is in what the comparisons below are given.
  if (faulty(body, FaultKind::Sums)) sums_.back() += 1;
  if (faulty(body, FaultKind::Cycles)) ++step.cycles;
  if (faulty(body, FaultKind::LaneAdds)) ++step.lane_adds;
  const auto injected = [&](FaultKind kind) { return faulty(body, kind) ? std::optional(kind) : std::nullopt; };

  const auto rows = static_cast<std::size_t>(matmul.weights.rows());
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(sums_, expected_).in1 - sums_.begin());
  if (at < sums_.size())
    return Mismatch{body,
                    fmt::format("{}: token {}, row {}: {} has {}, the plain sum is {}", where(matmul), at / rows,
                                at % rows, name_of(body), sums_[at], expected_[at]),
                    injected(FaultKind::Sums)};
  const auto pairs = static_cast<std::uint64_t>(matmul.weights.rows() * matmul.weights.cols() * matmul.tokens);
  if (step.lane_adds != pairs)
    return Mismatch{body,
                    fmt::format("{}: {} summed {} weight-activation pairs, the product has {}", where(matmul),
                                name_of(body), step.lane_adds, pairs),
                    injected(FaultKind::LaneAdds)};
  return std::nullopt;
}

std::optional<Mismatch> Lockstep::compare_cycles(const model::Matmul& matmul, const std::array<Step, kBodies>& steps) {
  const auto cycles = [&](Body body) { return steps[static_cast<std::size_t>(body)].cycles; };
  const auto injected = [&](Body body) {
    return faulty(body, FaultKind::Cycles) ? std::optional(FaultKind::Cycles) : std::nullopt;
  };
  if (cycles(Body::SystemC) != cycles(Body::Unit)) {
    const std::uint64_t expected = unit_cycles(geometry_, matmul);
    const Body body = cycles(Body::Unit) == expected ? Body::SystemC : Body::Unit;
    return Mismatch{body,
                    fmt::format("{}: the RTL unit took {} cycles, the SystemC unit {}; beats and latency are {}",
                                where(matmul), cycles(Body::Unit), cycles(Body::SystemC), expected),
                    injected(body)};
  }
  if (const std::uint64_t expected = engine_cycles(geometry_, matmul); cycles(Body::Engine) != expected)
    return Mismatch{Body::Engine,
                    fmt::format("{}: the RTL engine was busy for {} cycles, its geometry says {}", where(matmul),
                                cycles(Body::Engine), expected),
                    injected(Body::Engine)};
  return std::nullopt;
}

void Lockstep::add_up(const model::Matmul& matmul) {
  const std::int64_t rows = matmul.weights.rows();
  const std::int64_t cols = matmul.weights.cols();
  figures_.smallest_cols = figures_.products == 0 ? cols : std::min(figures_.smallest_cols, cols);
  figures_.largest_cols = std::max(figures_.largest_cols, cols);
  ++figures_.products;
  figures_.vectors += static_cast<std::uint64_t>(vectors_of(rows, matmul.tokens, geometry_.unit));
  figures_.tiles += sim::tiles_of(rows, matmul.tokens, geometry_.unit).size();
}

}  // namespace ternsim::cosim
