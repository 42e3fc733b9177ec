// Assertions of the engine's inner modules, each made to fire by breaking its rule from outside.
#include <functional>
#include <string>

#include "Vaxi_lite_port_8.h"
#include "Vcommand_queue_2.h"
#include "Vreplay_buffer_5.h"
#include "cosim/rtl_leaf_clock.h"
#include "rtl/verilated_coverage.h"

namespace ternsim::rtl_test {
namespace {

/// A module by its pins, reset, all other inputs low.
template <typename Model>
class Pins {
 public:
  Pins() {
    context_.fatalOnError(false);
    rtl::take_verilated_text();
    model_ = std::make_unique<Model>(&context_);
    model_->clk_i = 0;
    model_->rst_ni = 0;
    clock();
    model_->rst_ni = 1;
  }
  ~Pins() {
    Verilated::threadContextp(&context_);
    rtl::collect_coverage(context_);
    model_->final();
  }
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;

  Model* operator->() { return model_.get(); }
  /// One edge; what the assertions say.
  std::string clock() {
    Verilated::threadContextp(&context_);
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
    return rtl::take_verilated_text();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

testing::AssertionResult says(const std::string& text, const std::string& message) {
  if (text.find(message) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << message << "' is not in: " << text;
}

/// A buffer whose two banks of one word each are full, and a word that waits.
void fill(Pins<Vreplay_buffer_5>& buffer) {
  buffer->enable_i = buffer->valid_i = 1;
  buffer->length_i = 1;
  buffer->data_i = 7;
  for (int n = 0; n < 3; ++n) EXPECT_EQ(buffer.clock(), "");
}

TEST(RtlAssertions, AWordThatWaitsInFrontOfABufferMayNotChange) {
  Pins<Vreplay_buffer_5> buffer;
  fill(buffer);
  buffer->data_i = 8;
  EXPECT_TRUE(says(buffer.clock(), "a transfer changed before it was taken"));
}

TEST(RtlAssertions, AWordThatWaitsInFrontOfABufferMayNotBeWithdrawnUnlessNobodyWantsIt) {
  Pins<Vreplay_buffer_5> buffer;
  fill(buffer);
  buffer->valid_i = 0;
  EXPECT_TRUE(says(buffer.clock(), "a transfer was withdrawn before it was taken"));
  Pins<Vreplay_buffer_5> unwanted;
  fill(unwanted);
  unwanted->enable_i = unwanted->valid_i = 0;
  EXPECT_EQ(unwanted.clock(), "");
  unwanted->enable_i = 1;
  EXPECT_EQ(unwanted.clock(), "");
}

TEST(RtlAssertions, ABlockMustFitItsBank) {
  for (const unsigned length : {0U, 5U}) {
    Pins<Vreplay_buffer_5> buffer;
    buffer->length_i = static_cast<CData>(length);
    EXPECT_EQ(buffer.clock(), "") << "not enabled";
    buffer->enable_i = 1;
    EXPECT_TRUE(says(buffer.clock(), "length_i must lie in 1 .. Depth"));
  }
}

TEST(RtlAssertions, WhatHasNotArrivedIsNeitherReadNorReleased) {
  Pins<Vreplay_buffer_5> read;
  read->read_i = 1;
  EXPECT_TRUE(says(read.clock(), "read of a word that has not arrived"));
  Pins<Vreplay_buffer_5> release;
  release->enable_i = release->valid_i = 1;
  release->length_i = 2;
  EXPECT_EQ(release.clock(), "");
  release->release_i = 1;  // one of two words is there
  EXPECT_TRUE(says(release.clock(), "release of a block that is not complete"));
}

TEST(RtlAssertions, AnEmptyQueueIsNotSteppedOver) {
  Pins<Vcommand_queue_2> queue;
  queue->next_i = 1;
  EXPECT_TRUE(says(queue.clock(), "stepped over a command that is not there"));
}

TEST(RtlAssertions, TheLastReaderOvertakesNoOther) {
  Pins<Vcommand_queue_2> queue;
  queue->push_i = 1;
  EXPECT_EQ(queue.clock(), "");
  queue->push_i = 0;
  queue->next_i = 2;
  EXPECT_EQ(queue.clock(), "");
  queue->next_i = 0;
  EXPECT_TRUE(says(queue.clock(), "the last reader overtook another"));
}

TEST(RtlAssertions, AQueueHoldsNoMoreThanItsPlaces) {
  Pins<Vcommand_queue_2> queue;
  queue->push_i = 1;
  for (int n = 0; n < 5; ++n) EXPECT_EQ(queue.clock(), "") << "a push into a full queue is ignored";
  Pins<Vcommand_queue_2> empty;
  empty->next_i = 2;  // a level of -1
  empty.clock();
  empty->next_i = 0;
  EXPECT_TRUE(says(empty.clock(), "more commands than there are places"));
}

TEST(RtlAssertions, AxiLiteRequestsThatWaitMayNotChange) {
  struct Case {
    const char* instance;
    std::function<void(Pins<Vaxi_lite_port_8>&)> offer, change;
  };
  using Port = Pins<Vaxi_lite_port_8>;
  const Case cases[] = {
      {"u_write_address_held", [](Port& p) { p->awvalid_i = 1; }, [](Port& p) { p->awaddr_i = 4; }},
      {"u_write_address_held", [](Port& p) { p->awvalid_i = 1; }, [](Port& p) { p->awvalid_i = 0; }},
      {"u_write_data_held", [](Port& p) { p->wvalid_i = 1; }, [](Port& p) { p->wdata_i = 4; }},
      {"u_write_data_held", [](Port& p) { p->wvalid_i = 1; }, [](Port& p) { p->wstrb_i = 1; }},
      {"u_write_data_held", [](Port& p) { p->wvalid_i = 1; }, [](Port& p) { p->wvalid_i = 0; }},
      // The first read is answered, and its answer not taken: the second waits.
      {"u_read_address_held", [](Port& p) { p->arvalid_i = 1; }, [](Port& p) { p->araddr_i = 4; }},
      {"u_read_address_held", [](Port& p) { p->arvalid_i = 1; }, [](Port& p) { p->arvalid_i = 0; }},
  };
  for (const Case& c : cases) {
    Port port;
    c.offer(port);
    for (int n = 0; n < 3; ++n) EXPECT_EQ(port.clock(), "") << c.instance;
    c.change(port);
    EXPECT_TRUE(says(port.clock(), c.instance));
  }
}

}  // namespace
}  // namespace ternsim::rtl_test
