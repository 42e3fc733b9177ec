// SystemC's cycles against the RTL's on programs that nobody has seen: a fresh seed each time, which is printed. With
// TERNSIM_VALIDATION_SEED in the environment it is that one.
#include "cosim/validation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/soak.h"

namespace ternsim::cosim {
namespace {

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* given = std::getenv("TERNSIM_VALIDATION_SEED");
    const std::uint64_t v = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("TERNSIM_VALIDATION_SEED=%llu\n", static_cast<unsigned long long>(v));
    return v;
  }();
  return value;
}

std::string text(const sim::EngineCycles& c) {
  return fmt::format("{} cycles, busy {}, beats {}, output {}, weights {}, activations {}, drain {}", c.elapsed, c.busy,
                     c.beats, c.stall_output, c.stall_weights, c.stall_activations, c.drain);
}

class FreshSeed : public testing::TestWithParam<std::string> {
 protected:
  Validation validation{TERNSIM_SOURCE_DIR, {GetParam()}};
  std::vector<ValidationRow> run(ValidationGroup group, int programs) {
    return validation.run(group, test::rounds(programs), seed());
  }
};
INSTANTIATE_TEST_SUITE_P(Configs, FreshSeed, testing::Values("nano", "small", "edge", "wide"),
                         [](const auto& config) { return config.param; });

// Where latency is fixed, and whatever the streams do: every counter, to the cycle.
TEST_P(FreshSeed, EveryCycleOfTilesAndProgramsIsTheRtls) {
  for (const ValidationGroup group :
       {ValidationGroup::UnitTile, ValidationGroup::Program, ValidationGroup::StalledProgram}) {
    for (const ValidationRow& row : run(group, 20)) {
      ASSERT_TRUE(row.equal()) << name_of(group) << " of " << row.program << "\nstreams " << row.streams << "\nSystemC "
                               << text(row.systemc) << "\nRTL     " << text(row.rtl)
                               << "\nTERNSIM_VALIDATION_SEED=" << seed() << " repeats it";
      ASSERT_GT(row.rtl.elapsed, 0);
    }
  }
}

// Behind a memory the closed form of the DRAM is approximate: a refresh that falls in or out of so short a program
// moves its cycles by one to two per cent.
TEST_P(FreshSeed, BehindAMemoryTheMeanErrorIsSmall) {
  for (const ValidationGroup group : {ValidationGroup::MemoryProgram, ValidationGroup::Accelerator}) {
    double sum = 0;
    const std::vector<ValidationRow> rows = run(group, 4);
    for (const ValidationRow& row : rows) sum += row.error();
    EXPECT_LT(sum / static_cast<double>(rows.size()), 0.01)
        << name_of(group) << "; TERNSIM_VALIDATION_SEED=" << seed() << " repeats it";
  }
}

}  // namespace
}  // namespace ternsim::cosim
