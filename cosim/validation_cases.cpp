#include "cosim/validation_cases.h"

#include <fmt/format.h>

#include <algorithm>

namespace ternsim::cosim {

namespace {

/// 1 ... n.
std::int64_t up_to(std::int64_t n, Random& random) {
  return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
}

ScheduleSpec random_schedule(Random& random) {
  ScheduleSpec s;
  if (random.below(3) == 0) {
    s.kind = ScheduleSpec::Kind::Periodic;
    s.period = 1 + up_to(24, random);
    s.on = up_to(s.period - 1, random);
    s.phase = up_to(s.period, random) - 1;
  } else {
    s.kind = ScheduleSpec::Kind::Random;
    s.seed = random.next();
    s.share = 0.05 + 0.9 * random.uniform();
  }
  return s;
}

}  // namespace

std::unique_ptr<sim::StreamSchedule> ScheduleSpec::make() const {
  switch (kind) {
    case Kind::Random:
      return std::make_unique<sim::RandomSchedule>(seed, share);
    case Kind::Periodic:
      return std::make_unique<sim::PeriodicSchedule>(period, on, phase);
    case Kind::Eager:
      break;
  }
  return std::make_unique<sim::EagerSchedule>();
}

std::string ScheduleSpec::text() const {
  switch (kind) {
    case Kind::Random:
      return fmt::format("random {:.2f}", share);
    case Kind::Periodic:
      return fmt::format("{} of {}", on, period);
    case Kind::Eager:
      break;
  }
  return "eager";
}

std::string EngineCase::text() const {
  std::string out;
  for (const sim::EngineCommand& c : program.commands) out += fmt::format("{}x{}x{} ", c.rows, c.cols, c.tokens);
  return out + fmt::format("| {} queued", program.queued);
}

std::vector<std::int64_t> EngineCase::results_of_descriptors(const sim::EngineGeometry& geometry) const {
  std::vector<std::int64_t> out;
  auto descriptor = memory.value().descriptors.begin();
  for (const sim::EngineCommand& c : program.commands) {
    const std::int64_t blocks = geometry.unit.column_blocks(c.cols);
    for (std::int64_t tiles = geometry.unit.row_tiles(c.rows); tiles > 0;) {
      tiles -= *descriptor / blocks;
      out.push_back(*descriptor++ / blocks * c.tokens);
    }
  }
  return out;
}

EngineCase random_program(const sim::EngineGeometry& geometry, Random& random) {
  EngineCase out;
  const auto& unit = geometry.unit;
  for (std::int64_t n = up_to(2 * geometry.queue_depth, random); n > 0; --n) {
    sim::EngineCommand c;
    c.rows = up_to(4 * unit.rows, random);
    c.cols = up_to(4 * unit.lanes, random);
    c.tokens = std::min(up_to(2 * unit.slots + 2, random), geometry.max_tokens(c.cols));
    out.program.commands.push_back(c);
  }
  const auto most =
      std::min<std::int64_t>(geometry.queue_depth, static_cast<std::int64_t>(out.program.commands.size()));
  out.program.queued = static_cast<std::size_t>(up_to(most, random));
  out.seed = random.next();
  return out;
}

EngineCase random_stalled_program(const sim::EngineGeometry& geometry, Random& random) {
  EngineCase out = random_program(geometry, random);
  const std::uint64_t which = 1 + random.below(7);
  if ((which & 1) != 0) out.weights = random_schedule(random);
  if ((which & 2) != 0) out.activations = random_schedule(random);
  if ((which & 4) != 0) out.results = random_schedule(random);
  return out;
}

EngineCase random_memory_program(const sim::EngineGeometry& geometry, const sim::DramConfig& dram, int banks,
                                 Random& random) {
  constexpr double kClockHz = 1e9;
  constexpr double kCycles = 6'000;
  constexpr double kDescriptorCycles = 500;
  EngineCase out;
  sim::MemoryStream memory;
  memory.dram = dram;
  memory.clock_hz = kClockHz;
  memory.address = random.below(std::uint64_t{1} << 16) * 4096;
  memory.transfer_bytes = geometry.weight_transfer_bytes();
  memory.setup_cycles = 16;
  memory.banks = banks;
  const std::int64_t commands = up_to(3, random);
  // A memory that is faster than the engine does not make the program longer.
  const double per_cycle = dram.bytes_per_second() / kClockHz / static_cast<double>(memory.transfer_bytes);
  const double rate = std::min(per_cycle, 1.0);
  const auto transfers = static_cast<std::int64_t>(kCycles * rate) / commands;
  const auto descriptor = static_cast<std::int64_t>(kDescriptorCycles * rate);
  for (std::int64_t n = 0; n < commands && static_cast<int>(n) < geometry.queue_depth; ++n) {
    const std::int64_t blocks = 4 + up_to(28, random);
    const std::int64_t tiles = std::max<std::int64_t>(1, (transfers / 2 + up_to(transfers, random)) / blocks);
    sim::EngineCommand c;
    c.rows = tiles * geometry.unit.rows;
    c.cols = blocks * geometry.unit.lanes;
    c.tokens = std::min(up_to(2, random), geometry.max_tokens(c.cols));
    out.program.commands.push_back(c);
    const std::int64_t most = std::max<std::int64_t>(1, descriptor / blocks);
    for (std::int64_t left = tiles; left > 0; left -= most) memory.descriptors.push_back(std::min(left, most) * blocks);
  }
  out.program.queued = out.program.commands.size();
  out.memory = memory;
  out.seed = random.next();
  return out;
}

}  // namespace ternsim::cosim
