#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <vector>

#include "base/error.h"
#include "sim/dma_unit.h"
#include "sim/kernel.h"
#include "tests/machines.h"

namespace ternsim::sim {
namespace {

using test::edge;

/// Another memory: 100 cycles, then 16 bytes a cycle. With `waits` it lets the time pass itself.
class SimpleMemory : public sc_core::sc_module {
 public:
  SimpleMemory(const sc_core::sc_module_name& name, bool waits) : sc_module(name), socket("socket"), waits_(waits) {
    socket.register_b_transport(this, &SimpleMemory::b_transport);
  }
  tlm_utils::simple_target_socket<SimpleMemory> socket;
  std::vector<std::uint64_t> addresses;
  int writes = 0;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
    addresses.push_back(transaction.get_address());
    if (transaction.is_write()) ++writes;
    EXPECT_EQ(transaction.get_data_ptr(), nullptr);  // a model of time: no data
    delay += cycles_to_time(100 + transaction.get_data_length() / 16);
    if (waits_) {
      wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    }
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  bool waits_;
};

/// A DMA on its own, with two descriptors: 1600 bytes read from 0x1000, 160 written to 0x2000.
struct Bench {
  explicit Bench(const AcceleratorConfig& c) : config(c), scoreboard("scoreboard"), dma("dma", scoreboard, config) {
    commands[0].kind = CommandKind::LoadWeights;
    commands[0].address = 0x1000;
    commands[0].bytes = 1600;
    commands[1].kind = CommandKind::StoreKv;
    commands[1].address = 0x2000;
    commands[1].bytes = 160;
  }
  Cycle run() {
    scoreboard.reset(commands.size());
    dma.reset(commands);
    start_kernel();
    dma.push(0);
    dma.push(1);
    run_until_idle();
    EXPECT_TRUE(scoreboard.all_done());
    dma.finish(now_cycle());
    return now_cycle();
  }
  std::int64_t stall(Stall cause) const { return dma.accounting().stalls[static_cast<std::size_t>(cause)]; }

  AcceleratorConfig config;
  std::vector<Command> commands{2};
  Scoreboard scoreboard;
  DmaUnit dma;
};

// Set-up 16, then 100 + 100 and, directly behind it, 100 + 10 cycles. At the configured peak of 68.264 bytes a cycle
// 1600 bytes are 23.4 cycles and 160 are 2.3: that is data, the rest counts as latency.
void expect_simple_timing(const Bench& bench, Cycle end) {
  EXPECT_EQ(end, 16 + 200 + 110);
  EXPECT_EQ(bench.dma.accounting().busy, 24 + 3);
  EXPECT_EQ(bench.stall(Stall::DmaSetup), 16);
  EXPECT_EQ(bench.stall(Stall::DramLatency), 200 - 24 + 110 - 3);
  EXPECT_EQ(bench.dma.dram().bytes_moved, 1760);
}

TEST(DramTarget, AnotherMemoryCanBeBound) {
  Bench bench(edge());
  SimpleMemory memory("memory", false);
  bench.dma.memory.bind(memory.socket);
  expect_simple_timing(bench, bench.run());
  EXPECT_EQ(memory.addresses, (std::vector<std::uint64_t>{0x1000, 0x2000}));
  EXPECT_EQ(memory.writes, 1);
}

TEST(DramTarget, AMemoryMayWaitInsteadOfAnnotating) {
  Bench bench(edge());
  SimpleMemory memory("memory", true);
  bench.dma.memory.bind(memory.socket);
  expect_simple_timing(bench, bench.run());
}

TEST(DramTarget, LongDescriptorsAreSeveralTransactions) {
  Bench bench(edge());
  bench.commands[0].bytes = (std::int64_t{5} << 30) / 2;  // 2.5 GiB
  SimpleMemory memory("memory", false);
  bench.dma.memory.bind(memory.socket);
  bench.run();
  EXPECT_EQ(memory.addresses,
            (std::vector<std::uint64_t>{0x1000, 0x1000 + (1ULL << 30), 0x1000 + (2ULL << 30), 0x2000}));
  EXPECT_EQ(bench.dma.dram().bytes_asked, (std::int64_t{5} << 30) / 2 + 160);
}

// The configured memory behind its socket does what its model does, and says why.
TEST(DramTarget, AnswersWithTheModelsTimes) {
  Bench bench(edge());
  DramTarget memory("memory", bench.config.dram, bench.config.clock_hz);
  bench.dma.memory.bind(memory.socket);
  const Cycle end = bench.run();
  const std::unique_ptr<DramModel> model = make_dram_model(bench.config.dram, bench.config.clock_hz);
  const DramTransfer read = model->transfer(16, 0x1000, 1600, false);
  const DramTransfer write = model->transfer(16 + read.cycles(), 0x2000, 160, true);
  EXPECT_EQ(end, 16 + read.cycles() + write.cycles());
  EXPECT_EQ(bench.dma.accounting().busy, read.data + write.data);
  EXPECT_GT(write.turnaround, 0);
  EXPECT_EQ(bench.stall(Stall::DramTurnaround), write.turnaround);
  EXPECT_EQ(bench.stall(Stall::DramLatency), read.latency + write.latency);
  EXPECT_EQ(bench.dma.dram().row_activations, read.activations + write.activations);
  EXPECT_EQ(bench.dma.dram().row_hits, read.row_hits() + write.row_hits());
  EXPECT_EQ(bench.dma.dram().turnaround_cycles, write.turnaround);
}

// A machine whose configuration names no memory can have one bound: nothing says what its peak would be.
TEST(DramTarget, AnotherMemoryNeedsNoConfiguration) {
  AcceleratorConfig config = edge();
  config.dram = {};
  Bench bench(config);
  SimpleMemory memory("memory", false);
  bench.dma.memory.bind(memory.socket);
  EXPECT_EQ(bench.run(), 16 + 200 + 110);
  EXPECT_EQ(bench.dma.accounting().busy, 200 + 110);
  EXPECT_EQ(bench.dma.dram().bytes_moved, 1760);
}

TEST(DramTarget, WithoutAMemoryATransferIsAnError) {
  AcceleratorConfig config = edge();
  config.dram = {};
  config.dram.memory = config.dram.type = "none";
  Bench bench(config);
  DramTarget memory("memory", config.dram, config.clock_hz);
  bench.dma.memory.bind(memory.socket);
  try {
    bench.run();
    FAIL() << "accepted";
  } catch (const RequestError& e) {
    EXPECT_NE(
        std::string(e.what()).find("load_weights moves 1600 bytes between DRAM and chip, but dram.memory is none"),
        std::string::npos)
        << e.what();
  }
}

}  // namespace
}  // namespace ternsim::sim
