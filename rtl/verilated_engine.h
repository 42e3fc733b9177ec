#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sim/program/matrix_geometry.h"

namespace ternsim::rtl {

/// What drives the ternary engine in one cycle: the inputs of rtl/src/ternary_engine.sv. The spans must hold until
/// step(); an empty one leaves the data pins as they are.
struct EngineInputs {
  bool awvalid = false;
  std::uint8_t awaddr = 0;
  bool wvalid = false;
  std::uint32_t wdata = 0;
  std::uint8_t wstrb = 0xF;
  bool bready = false;
  bool arvalid = false;
  std::uint8_t araddr = 0;
  bool rready = false;
  bool weight_valid = false;
  bool weight_last = false;
  std::span<const std::uint8_t> codes;  ///< a weight transfer: 2-bit codes as Beat::codes, or those of encode_base3()
  bool act_valid = false;
  bool act_last = false;
  std::span<const std::int8_t> activations;  ///< (lanes)
  bool result_ready = false;
};

/// Its outputs in that cycle; the sums are read apart.
struct EngineOutputs {
  bool awready = false;
  bool wready = false;
  bool bvalid = false;
  std::uint8_t bresp = 0;
  bool arready = false;
  bool rvalid = false;
  std::uint32_t rdata = 0;
  std::uint8_t rresp = 0;
  bool weight_ready = false;
  bool act_ready = false;
  bool result_valid = false;
  bool result_last = false;
  bool irq = false;
};

/// One Verilated ternary engine with its clock. A cycle: drive(), whose answer are the outputs of that cycle with
/// combinational paths included, result() where they have one, step(). No Verilator header is needed to use it.
class VerilatedEngine {
 public:
  /// An engine of that configuration of rtl/configs.yaml, reset; registers without a reset start with random values.
  /// Throws RequestError that lists the configurations compiled in.
  static std::unique_ptr<VerilatedEngine> make(std::string_view config);
  /// The configurations compiled in.
  static std::vector<sim::EngineGeometry> geometries();

  virtual ~VerilatedEngine() = default;
  VerilatedEngine(const VerilatedEngine&) = delete;
  VerilatedEngine& operator=(const VerilatedEngine&) = delete;

  const sim::EngineGeometry& geometry() const { return geometry_; }
  /// Rising clock edges so far, resets included.
  std::uint64_t cycles() const { return cycles_; }

  /// Throws std::invalid_argument on spans of a wrong size.
  virtual EngineOutputs drive(const EngineInputs& inputs) = 0;
  /// The sums of all rows, (rows), sign-extended, of the cycle that drive() began.
  virtual void result(std::span<std::int32_t> sums) = 0;
  /// One clock edge. Throws MismatchError with the text of a failed assertion of the RTL.
  virtual void step() = 0;
  /// One clock edge with reset asserted and nothing offered.
  virtual void reset() = 0;
  /// Records every signal from here on, as rtl/waveform.h says.
  virtual void trace(const std::filesystem::path& path) = 0;

 protected:
  explicit VerilatedEngine(const sim::EngineGeometry& geometry) : geometry_(geometry) {}
  sim::EngineGeometry geometry_;
  std::uint64_t cycles_ = 0;
};

}  // namespace ternsim::rtl
