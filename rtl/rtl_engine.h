#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/matrix_engine.h"
#include "rtl/tile_codes.h"
#include "rtl/verilated_unit.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::rtl {

/// Makes the handshakes irregular, for tests: sums must stay, cycles grow.
struct Disturbance {
  std::uint64_t seed = 1;
  double input_gap = 0.0;     ///< probability that a cycle offers no beat although there is one
  double output_stall = 0.0;  ///< probability that a cycle does not take an output
};

/// The Verilated ternary matrix unit as the reference inference's matrix engine.
///
/// A product is cut into tiles (sim::tiles_of), each tile into beats: column block by column block, the codes loaded
/// with the tile's token 0 and held for its others. Tiles follow one another without draining the pipeline, so that a
/// product takes beats + latency() cycles when nothing disturbs it: the last beat is accepted at edge `beats`, its sums
/// are valid `latency()` cycles later and taken at the end of that cycle.
///
/// Counters: `tiles` of sim::tiles_of, `lane_adds` = real rows x real columns of the beats accepted, `cycles` = clock
/// edges within multiply() (resets are not counted).
class RtlEngine final : public model::MatrixEngine {
 public:
  /// A configuration of rtl/configs.yaml by name. Throws RequestError on one that this build lacks.
  explicit RtlEngine(std::string_view config, const Disturbance& disturbance = {});
  /// The same, and a RequestError if the build has other parameters under that name.
  explicit RtlEngine(const sim::MatrixGeometry& geometry, const Disturbance& disturbance = {});
  ~RtlEngine() override;

  std::string_view name() const override { return "rtl"; }
  const sim::MatrixGeometry& geometry() const { return unit_->geometry(); }
  /// How the handshakes of what follows are disturbed, from its seed on. Throws RequestError as the constructor does.
  void disturb(const Disturbance& disturbance);
  /// Records what follows as VerilatedUnit::trace().
  void trace(const std::filesystem::path& path) { unit_->trace(path); }
  /// Throws RequestError where the accumulator could overflow, and MismatchError when the unit flags an illegal weight
  /// code, gives a result that is not due, fails an assertion or makes no progress. The unit is reset after a throw,
  /// and the engine stays usable; `sums` is then undefined.
  void multiply(const model::Matmul& matmul, std::span<std::int32_t> sums) override;

 private:
  class Feeder;
  class Collector;
  RtlEngine(std::unique_ptr<VerilatedUnit> unit, const Disturbance& disturbance);
  void run(const model::Matmul& matmul, std::span<std::int32_t> sums);

  std::unique_ptr<VerilatedUnit> unit_;
  Disturbance disturbance_;
  Random random_;
  TileCodes codes_;
};

}  // namespace ternsim::rtl
