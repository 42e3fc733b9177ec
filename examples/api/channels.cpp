// What a token costs on one machine with two, four and eight DRAM channels.
#include <ternsim/ternsim.h>

#include <cstdio>

int main() {
  try {
    ternsim::Machine machine = ternsim::Machine::load("edge-lpddr5x");
    const ternsim::Model model = ternsim::Model::load("bitnet-b158-2b4t");
    const ternsim::Workload workload = ternsim::Workload::load("decode-512");
    const ternsim::Technology technology = ternsim::Technology::load("published-7nm");
    std::printf("%8s %12s %12s %12s %12s  tier\n", "channels", "token/s", "J/token low", "mid", "high");
    for (const int channels : {2, 4, 8}) {
      machine.set("dram.channels", channels);
      const ternsim::Results results = ternsim::simulate({machine, model, workload, technology});
      const ternsim::Range joules = results.joules_per_token();
      std::printf("%8d %12.9g %12.9g %12.9g %12.9g  %s\n", channels, results.tokens_per_second(), joules.low,
                  joules.mid, joules.high, joules.tier.c_str());
    }
    return 0;
  } catch (const ternsim::Error& error) {
    std::fprintf(stderr, "channels: %s\n", error.what());
    return 1;
  }
}
