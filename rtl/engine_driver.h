#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/matrix_engine.h"
#include "rtl/engine_registers.h"
#include "rtl/engine_streams.h"
#include "rtl/rtl_engine.h"
#include "rtl/verilated_engine.h"

namespace ternsim::rtl {

/// The engine's counter registers.
struct EngineActivity {
  std::uint32_t done, busy, beats, stall_output, stall_weights, stall_activations, drain, illegal_beats;
  bool operator==(const EngineActivity&) const = default;
};

/// Software for the Verilated ternary engine: programs its registers over AXI4-Lite, feeds and drains its streams, with
/// random gaps and back-pressure (Disturbance: input_gap for each of weights, activations and the bus's requests,
/// output_stall for results and the bus's answers).
///
/// As a matrix engine it splits a product by tokens into commands that fit the activation buffer and queues them.
/// `tiles` counts commands, `cycles` the engine's busy cycles, queued commands running on from one another.
class EngineDriver final : public model::MatrixEngine {
 public:
  /// A configuration of rtl/configs.yaml by name, stopped. Throws RequestError on one that this build lacks.
  explicit EngineDriver(std::string_view config, const Disturbance& disturbance = {});

  std::string_view name() const override { return "rtl_engine"; }
  const sim::EngineGeometry& geometry() const { return engine_->geometry(); }
  /// How the handshakes of what follows are disturbed, from its seed on. Throws RequestError as the constructor does.
  void disturb(const Disturbance& disturbance);
  /// Records what follows as VerilatedEngine::trace().
  void trace(const std::filesystem::path& path) { engine_->trace(path); }
  /// Throws RequestError where a row is longer than the engine admits, MismatchError on illegal weight codes, on a
  /// wrong stream, a failed assertion or no progress. After a throw the engine is reset and stays usable.
  void multiply(const model::Matmul& matmul, std::span<std::int32_t> sums) override;

  // What multiply() is made of, and tests use.

  struct Answer {
    bool okay;  ///< the response was OKAY, not SLVERR
    std::uint32_t data;
  };
  /// One AXI4-Lite access, by byte address; the streams go on meanwhile.
  Answer read(std::uint8_t address);
  bool write(std::uint8_t address, std::uint32_t data, std::uint8_t strobes = 0xF);
  /// A register that must be readable.
  std::uint32_t read(EngineRegister address);
  bool write(EngineRegister address, std::uint32_t data) { return write(static_cast<std::uint8_t>(address), data); }

  /// Writes a command's fields and starts it. Returns 0, or the reasons of STATUS (cleared) for which it was refused.
  std::uint32_t command(std::uint32_t rows, std::uint32_t cols, std::uint32_t tokens);
  /// Starts the command of a job and queues its data. Returns as command(); a refused job leaves nothing behind.
  std::uint32_t start(const EngineJob& job);
  /// Lets the engine take in data and issue beats, or stops it.
  void run(bool on);
  /// Cycles until the results of all jobs have come. Throws MismatchError if nothing moves although all sides are
  /// willing.
  void finish();
  EngineActivity activity();
  void clear_activity();
  /// Drops all commands and their data through CONTROL; registers and counters stay.
  void soft_reset();
  /// One edge with the reset pin; everything is dropped.
  void reset();
  /// One clock cycle in which only the streams move.
  void cycle();

  const EngineOutputs& outputs() const { return outputs_; }
  std::uint64_t cycles() const { return engine_->cycles(); }

 private:
  bool gap() { return disturbance_.input_gap > 0.0 && random_.uniform() < disturbance_.input_gap; }
  bool stall() { return disturbance_.output_stall > 0.0 && random_.uniform() < disturbance_.output_stall; }
  void drop_jobs();
  void take_result();
  void run_commands(const model::Matmul& matmul, std::span<std::int32_t> sums);
  [[noreturn]] void fail(const std::string& what) const;

  std::unique_ptr<VerilatedEngine> engine_;
  Disturbance disturbance_;
  Random random_;
  EngineInputs inputs_;
  EngineOutputs outputs_;
  WeightStream weights_;
  ActivationStream activations_;
  ResultStream results_;
  std::vector<std::int32_t> column_;
  bool running_ = false;
  bool moved_ = false;  ///< a stream's handshake took place in the last cycle
};

}  // namespace ternsim::rtl
