#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cosim/product_fault.h"
#include "model/matrix_engine.h"
#include "rtl/rtl_engine.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::cosim {

struct BodyFigures {
  std::uint64_t lane_adds = 0;
  std::uint64_t cycles = 0;           ///< clock cycles; 0 for the CPU
  std::uint64_t compared_cycles = 0;  ///< of these, the ones of undisturbed products
  double seconds = 0;                 ///< wall time within the body
};

struct LockstepFigures {
  std::uint64_t products = 0;
  std::uint64_t undisturbed = 0;        ///< products whose cycles were compared
  std::uint64_t vectors = 0;            ///< a vector: the sums of one row tile for one token
  std::uint64_t disturbed_vectors = 0;  ///< of products with gaps or back-pressure
  std::uint64_t tiles = 0;              ///< a tile: one row tile for up to `slots` tokens
  std::int64_t smallest_cols = 0;       ///< the shortest K
  std::int64_t largest_cols = 0;        ///< the longest K
  std::array<BodyFigures, kBodies> bodies;

  const BodyFigures& of(Body body) const { return bodies[static_cast<std::size_t>(body)]; }
  BodyFigures& of(Body body) { return bodies[static_cast<std::size_t>(body)]; }
  /// Clock cycles of the RTL, the unit's and those that the engine was busy: those that were compared.
  std::uint64_t compared_cycles() const { return of(Body::Unit).compared_cycles + of(Body::Engine).compared_cycles; }
  /// All that were simulated, gaps and back-pressure of disturbed products included.
  std::uint64_t simulated_cycles() const { return of(Body::Unit).cycles + of(Body::Engine).cycles; }
};

/// What differs first.
struct Mismatch {
  Body body;
  std::string what;
  std::optional<FaultKind> injected = {};  ///< the kind of fault that was injected; none: the body's own doing
};

/// Vectors that a product of that shape is on a unit: row tiles x tokens.
std::int64_t vectors_of(std::int64_t rows, std::int64_t tokens, const sim::MatrixGeometry& unit);

/// The bodies side by side, product after product, none of them ever reset while they agree.
///
/// Of every product the sums are compared, each body with the plain loops, and the lane-adds that each counted. Of an
/// undisturbed one the cycles, too: those of the SystemC unit and the RTL unit with one another (where they differ, the
/// one that does not take beats + latency is named), those of the RTL engine with EngineGeometry::cycles. SystemC
/// elaborates once per process, so there is one Lockstep in a process.
class Lockstep {
 public:
  /// A configuration that this build has. Throws RequestError on others.
  explicit Lockstep(const sim::EngineGeometry& geometry);
  ~Lockstep();

  const sim::EngineGeometry& geometry() const { return geometry_; }
  /// Of the products to come, counted with those before.
  void inject(const ProductFault& fault) { fault_ = fault; }
  /// Nothing if all agree. Throws RequestError on more columns than the engine admits.
  std::optional<Mismatch> run(const model::Matmul& matmul, const rtl::Disturbance& disturbance);
  /// Of the plain loops for the last product, (tokens, rows).
  std::span<const std::int32_t> sums() const { return expected_; }
  const LockstepFigures& figures() const { return figures_; }

 private:
  struct Bodies;
  struct Step;
  /// Whether that is to be made wrong in the product that runs.
  bool faulty(Body body, FaultKind kind) const;
  std::optional<Mismatch> compare(const model::Matmul& matmul, bool disturbed);
  std::optional<Mismatch> run_body(Body body, const model::Matmul& matmul, Step& step);
  std::optional<Mismatch> compare_cycles(const model::Matmul& matmul, const std::array<Step, kBodies>& steps);
  void add_up(const model::Matmul& matmul);

  sim::EngineGeometry geometry_;
  std::unique_ptr<Bodies> bodies_;
  std::optional<ProductFault> fault_;
  bool fault_now_ = false;  ///< in the product that runs
  std::vector<std::int32_t> expected_;
  std::vector<std::int32_t> sums_;
  LockstepFigures figures_;
};

}  // namespace ternsim::cosim
