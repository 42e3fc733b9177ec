#include "cosim/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "cosim/validation_accelerator.h"
#include "cosim/validation_rtl.h"
#include "model/matrix_engine.h"
#include "rtl/rtl_engine.h"
#include "sim/systemc_engine.h"

namespace ternsim::cosim {

namespace {

/// Takes every result at once, and frees the bank of a chunk of weights with the last result that needs it.
class FreeingResults final : public sim::StreamSchedule {
 public:
  /// `chunks`: results of each.
  FreeingResults(sim::MemorySchedule& memory, std::vector<std::int64_t> chunks)
      : memory_(memory), chunks_(std::move(chunks)) {}
  sim::Cycle next(std::int64_t, sim::Cycle from) override {
    if (--chunks_.at(chunk_) == 0) {
      ++chunk_;
      memory_.free_bank(from + 1);
    }
    return from;
  }

 private:
  sim::MemorySchedule& memory_;
  std::vector<std::int64_t> chunks_;  // results left
  std::size_t chunk_ = 0;
};

/// The schedules of a case, alive as long as a run.
struct Streams {
  Streams(const EngineCase& a_case, sim::DramModelKind model, const sim::EngineGeometry& geometry)
      : weights(a_case.weights.make()), activations(a_case.activations.make()), results(a_case.results.make()) {
    if (!a_case.memory) return;
    sim::MemoryStream stream = *a_case.memory;
    stream.dram.model = model;
    auto memory = std::make_unique<sim::MemorySchedule>(stream);
    if (stream.banks > 0) results = std::make_unique<FreeingResults>(*memory, a_case.results_of_descriptors(geometry));
    weights = std::move(memory);
  }
  sim::EngineSchedules schedules() { return {*weights, *activations, *results}; }
  std::unique_ptr<sim::StreamSchedule> weights, activations, results;
};

std::string stream_text(const EngineCase& a_case) {
  std::string weights = a_case.weights.text();
  if (a_case.memory) {
    const sim::MemoryStream& m = *a_case.memory;
    weights = fmt::format("{} x {} {}", m.dram.channels, m.dram.memory, m.banks > 0 ? "banks" : "fifo");
  }
  return fmt::format("{} / {} / {}", weights, a_case.activations.text(), a_case.results.text());
}

/// The shipped machines whose memories stand behind the weight stream: one and four channels of LPDDR5X, DDR4, HBM2.
constexpr std::array kMachines{"nano", "edge-lpddr5x", "fpga-kv260", "fpga-u280-hbm"};
constexpr const char* kMachine = "edge-lpddr5x";

}  // namespace

std::string_view name_of(ValidationGroup group) {
  constexpr std::array<std::string_view, kValidationGroups> kNames{"unit_tile", "program", "stalled_program",
                                                                   "memory_program", "accelerator"};
  return kNames[static_cast<std::size_t>(group)];
}

double ValidationRow::error() const {
  return static_cast<double>(std::abs(systemc.elapsed - rtl.elapsed)) / static_cast<double>(rtl.elapsed);
}

ValidationRow compare(sim::EngineModel& model, rtl::VerilatedEngine& engine, const EngineCase& a_case) {
  ValidationRow row;
  row.group = a_case.memory ? ValidationGroup::MemoryProgram : ValidationGroup::StalledProgram;
  row.config = model.geometry().unit.name;
  row.program = a_case.text();
  row.streams = stream_text(a_case);
  Streams closed_form(a_case, sim::DramModelKind::RowSegment, model.geometry());
  row.systemc = model.run(a_case.program, closed_form.schedules());
  Streams every_burst(a_case, sim::DramModelKind::PerBurst, model.geometry());
  row.rtl = run_rtl(engine, a_case.program, every_burst.schedules(), a_case.seed);
  return row;
}

/// Both sides of one configuration.
struct Validation::Machine {
  Machine(const sim::EngineGeometry& g, const sim::AcceleratorConfig& config)
      : geometry(g),
        model((g.unit.name + "_model").c_str(), g),
        systemc(g.unit),
        accelerator(g.unit.name + "_accelerator", config, g),
        engine(rtl::VerilatedEngine::make(g.unit.name)),
        unit(g.unit) {}

  ValidationRow unit_tile(Random& random);
  ValidationRow accelerator_program(const EngineCase& a_case);

  sim::EngineGeometry geometry;
  sim::EngineModel model;
  sim::SystemCEngine systemc;
  AcceleratorSide accelerator;
  std::unique_ptr<rtl::VerilatedEngine> engine;
  rtl::RtlEngine unit;
};

ValidationRow Validation::Machine::unit_tile(Random& random) {
  const auto up_to = [&](std::int64_t n) {
    return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
  };
  const std::int64_t rows = up_to(3 * geometry.unit.rows);
  const std::int64_t cols = up_to(6 * geometry.unit.lanes);
  const std::int64_t tokens = up_to(2 * geometry.unit.slots + 2);
  kernels::PackedTernary weights(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < cols; ++k) weights.set_weight(r, k, static_cast<int>(random.below(3)) - 1);
  std::vector<std::int8_t> activations(static_cast<std::size_t>(tokens * cols));
  for (std::int8_t& a : activations) a = static_cast<std::int8_t>(random.next() & 0xFF);
  const model::Matmul matmul{
      .weights = weights, .activations = activations, .tokens = tokens, .layer = 0, .name = "tile"};

  ValidationRow row;
  row.config = geometry.unit.name;
  row.program = fmt::format("{}x{}x{}", rows, cols, tokens);
  row.streams = "eager / eager / eager";
  const auto cycles_of = [&](model::MatrixEngine& body) {
    std::vector<std::int32_t> sums(static_cast<std::size_t>(tokens * rows));
    const std::uint64_t before = body.counters().cycles;
    body.multiply(matmul, sums);
    return static_cast<std::int64_t>(body.counters().cycles - before);
  };
  row.systemc.elapsed = cycles_of(systemc);
  row.rtl.elapsed = cycles_of(unit);
  return row;
}

ValidationRow Validation::Machine::accelerator_program(const EngineCase& a_case) {
  ValidationRow row;
  row.config = geometry.unit.name;
  row.program = a_case.text();
  row.streams = stream_text(a_case);
  row.systemc.elapsed = accelerator.run(a_case);
  Streams every_burst(a_case, sim::DramModelKind::PerBurst, geometry);
  row.rtl.elapsed = run_rtl(*engine, a_case.program, every_burst.schedules(), a_case.seed).elapsed;
  return row;
}

Validation::Validation(const std::filesystem::path& source, const std::vector<std::string>& configs) {
  const std::filesystem::path rtl_configs = source / "rtl/configs.yaml";
  const auto machine = [&](const std::string& name) {
    return sim::load_accelerator(source / "configs/accelerators" / (name + ".yaml"), rtl_configs);
  };
  for (const char* name : kMachines) memories_.push_back(machine(name).dram);
  std::vector<std::string> names;
  for (const sim::EngineGeometry& geometry : sim::load_rtl_engines(rtl_configs)) {
    names.push_back(geometry.unit.name);
    if (configs.empty() || std::ranges::find(configs, geometry.unit.name) != configs.end())
      machines_.push_back(std::make_unique<Machine>(geometry, machine(kMachine)));
  }
  for (const std::string& name : configs)
    if (std::ranges::find(names, name) == names.end())
      throw RequestError(fmt::format("{}: no configuration '{}'", rtl_configs.string(), name));
}

Validation::~Validation() = default;

std::vector<ValidationRow> Validation::run(ValidationGroup group, int count, std::uint64_t seed,
                                           const std::function<void()>& progress) {
  std::vector<ValidationRow> rows;
  for (const auto& m : machines_) {
    // A stream of its own for each group and configuration, so that none moves when another gets longer.
    std::uint64_t mixed = seed * kValidationGroups + static_cast<std::uint64_t>(group);
    for (const char c : m->geometry.unit.name) mixed = mixed * 257 + static_cast<unsigned char>(c);
    Random random(mixed);
    for (int i = 0; i < count; ++i) {
      const auto memory = [&] { return memories_[static_cast<std::size_t>(i) % memories_.size()]; };
      const auto engine_row = [&](const EngineCase& a_case) { return compare(m->model, *m->engine, a_case); };
      ValidationRow row;
      switch (group) {
        case ValidationGroup::UnitTile:
          row = m->unit_tile(random);
          break;
        case ValidationGroup::Program:
          row = engine_row(random_program(m->geometry, random));
          break;
        case ValidationGroup::StalledProgram:
          row = engine_row(random_stalled_program(m->geometry, random));
          break;
        case ValidationGroup::MemoryProgram:
          row = engine_row(random_memory_program(m->geometry, memory(), (i + i / 4) % 2 == 0 ? 0 : 2, random));
          break;
        case ValidationGroup::Accelerator:
          // The accelerator's weight SRAM has two banks.
          row = m->accelerator_program(random_memory_program(m->geometry, memory(), 2, random));
          break;
      }
      row.group = group;
      rows.push_back(std::move(row));
      if (progress) progress();
    }
  }
  return rows;
}

}  // namespace ternsim::cosim
