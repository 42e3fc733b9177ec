// The library in a program that uses SystemC itself: a child would take that program's modules with it.
#include <gtest/gtest.h>
#include <ternsim/ternsim.h>

#include <string>
#include <systemc>

namespace {

ternsim::Experiment experiment() {
  return {ternsim::Machine::load("nano"), ternsim::Model::load("embedded"), ternsim::Workload::load("chat"),
          ternsim::Technology::load("published-7nm")};
}

TEST(ApiWithSystemC, WorksBeforeTheFirstModuleAndIsRefusedAfterwards) {
  EXPECT_GT(simulate(experiment()).cycles(), 0);
  const sc_core::sc_signal<int> signal("signal");
  try {
    simulate(experiment());
    FAIL() << "nothing was thrown";
  } catch (const ternsim::RequestError& e) {
    EXPECT_NE(std::string(e.what()).find("must come before SystemC is elaborated"), std::string::npos) << e.what();
  }
}

}  // namespace
