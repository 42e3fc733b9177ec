// The library of the package against the command: figures, messages; values that are independent; several threads.
#include <gtest/gtest.h>
#include <ternsim/ternsim.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "tests/run_ternsim.h"

namespace {

using nlohmann::json;
using ternsim::Experiment;
using ternsim::Machine;
using ternsim::Model;
using ternsim::Results;
using ternsim::Technology;
using ternsim::Value;
using ternsim::Workload;
using ternsim::test::run;

Experiment experiment(const std::string& machine = "edge-lpddr5x", const std::string& model = "bitnet-b158-2b4t",
                      const std::string& workload = "decode-512") {
  return {Machine::load(machine), Model::load(model), Workload::load(workload), Technology::load("published-7nm")};
}

/// The command's document without the node of what differs between runs.
json by_command(const std::string& arguments) {
  json document = json::parse(run("simulate --json " + arguments).out);
  json& nodes = document.at("results").at("children");
  EXPECT_EQ(nodes.at(0).at("name"), "run");
  nodes.erase(0);
  return document;
}

template <typename Thrown>
std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Thrown& e) {
    return e.what();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "another type: " << e.what();
    return {};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// The one line that the command ends with, after "ternsim: ".
std::string refused(const std::string& arguments) {
  const ternsim::test::Outcome o = run("simulate " + arguments);
  EXPECT_EQ(o.code, 3) << o.out;
  const std::string begin = "ternsim: ";
  EXPECT_EQ(o.out.rfind(begin, 0), 0U) << o.out;
  return o.out.substr(begin.size(), o.out.size() - begin.size() - 1);
}

TEST(Api, FiguresAreThoseOfTheCommandToTheLastDigit) {
  // json's doubles compare by bits, since both were written with the digits that read back to the same double.
  EXPECT_EQ(json::parse(simulate(experiment()).json()), by_command("-m bitnet-b158-2b4t -w decode-512"));
  EXPECT_EQ(json::parse(simulate(experiment("edge-zero-skip", "embedded", "chat")).json()),
            by_command("-a edge-zero-skip -m embedded -w chat"));
  EXPECT_EQ(json::parse(simulate(experiment("edge-lpddr5x-fp16", "embedded", "prefill-512")).json()),
            by_command("-a edge-lpddr5x-fp16 -m embedded -w prefill-512"));
  Experiment e = experiment();
  e.machine.set({{"matrix_unit.rtl_config", ""}, {"matrix_unit.rows", 32}, {"clock_hz", 0.5e9}});
  e.model.set("context_length", 8192);
  e.workload.set({{"batch", 2}, {"decode_tokens", 3}});
  EXPECT_EQ(json::parse(simulate(e).json()),
            by_command("-m bitnet-b158-2b4t -w decode-512 --set matrix_unit.rtl_config= --set matrix_unit.rows=32 "
                       "--set clock_hz=500000000 --set model.context_length=8192 --set workload.batch=2 "
                       "--set workload.decode_tokens=3"));
}

TEST(Api, NamedFiguresAreThoseOfTheTree) {
  const Results r = simulate(experiment());
  const ternsim::Range joules = r.joules_per_token();
  EXPECT_EQ(r.phase(), "decode");
  EXPECT_EQ(joules.low, r.value("machine/decode/joules_per_token_low"));
  EXPECT_EQ(joules.mid, r.value("machine/decode/joules_per_token_mid"));
  EXPECT_EQ(joules.high, r.value("machine/decode/joules_per_token_high"));
  EXPECT_LT(joules.low, joules.mid);
  EXPECT_LT(joules.mid, joules.high);
  EXPECT_EQ(joules.tier, r.figure("machine/decode/joules_per_token_mid").tier);
  EXPECT_EQ(r.tokens_per_second(), r.value("machine/decode/tokens_per_second"));
  EXPECT_EQ(static_cast<double>(r.cycles()), r.value("machine/decode/cycles"));
  EXPECT_EQ(r.area_square_metres(), r.value("machine/area_m2"));
  EXPECT_EQ(r.text("configuration/accelerator"), "edge-lpddr5x");
  const std::vector<ternsim::Figure> all = r.figures();
  EXPECT_GT(all.size(), 100U);
  for (const ternsim::Figure& f : all) {
    ASSERT_TRUE(r.has(f.path)) << f.path;
    EXPECT_EQ(r.figure(f.path).value, f.value) << f.path;
  }
  Experiment prefill = experiment();
  prefill.workload = Workload::load("prefill-512");
  EXPECT_EQ(simulate(prefill).phase(), "prefill");
}

TEST(Api, PathsThatAreNotThere) {
  const Results r = simulate(experiment());
  EXPECT_FALSE(r.has("machine/decode"));
  EXPECT_FALSE(r.has(""));
  EXPECT_EQ(message_of<ternsim::RequestError>([&] { r.value("machine/decode/tokens_per_secnd"); }),
            "machine/decode/tokens_per_secnd: no such figure: there is no 'tokens_per_secnd' (did you mean "
            "'tokens_per_second'?)");
  EXPECT_EQ(message_of<ternsim::RequestError>([&] { r.value("machine/decod/cycles"); }),
            "machine/decod/cycles: no such figure: there is no 'decod' (did you mean 'decode'?)");
  EXPECT_EQ(message_of<ternsim::RequestError>([&] { r.value("configuration/accelerator"); }),
            "configuration/accelerator: a text, not a number");
  EXPECT_EQ(message_of<ternsim::RequestError>([&] { r.text("machine/area_m2"); }),
            "machine/area_m2: a number, not a text");
}

TEST(Api, MessagesAreThoseOfTheCommand) {
  using ternsim::InputError;
  using ternsim::RequestError;
  EXPECT_EQ(message_of<InputError>([] { Machine::load("edge-lpddr5"); }), refused("-a edge-lpddr5"));
  EXPECT_EQ(message_of<InputError>([] { Model::load("bitnet-b158-2b4"); }), refused("-m bitnet-b158-2b4"));
  EXPECT_EQ(message_of<InputError>([] { Workload::load("decode"); }), refused("-w decode"));
  EXPECT_EQ(message_of<InputError>([] { Technology::load("published-7"); }), refused("-t published-7"));
  EXPECT_EQ(message_of<InputError>([] { Model::load("nowhere.gguf"); }), refused("-m nowhere.gguf"));
  // Where a value was given is the caller's; the rest is the same.
  const auto behind = [](const std::string& origin, const std::string& message) {
    EXPECT_EQ(message.rfind(origin + ": ", 0), 0U) << message;
    return message.substr(origin.size());
  };
  EXPECT_EQ(
      behind("Machine::set", message_of<InputError>([] { Machine::load("edge-lpddr5x").set("dram.chanels", 8); })),
      behind("--set", refused("--set dram.chanels=8")));
  EXPECT_EQ(behind("Machine::set", message_of<InputError>([] { Machine::load("nano").set("dram.channels", 0.5); })),
            behind("--set", refused("-a nano --set dram.channels=0.5")));
  EXPECT_EQ(behind("Workload::set", message_of<InputError>([] { Workload::load("chat").set("bach", 2); })),
            behind("--set", refused("--set workload.bach=2")));
  Experiment e = experiment();
  e.machine.set("buffers.weight_bytes", 128);
  EXPECT_EQ(message_of<RequestError>([&] { simulate(e); }),
            refused("-m bitnet-b158-2b4t -w decode-512 --set buffers.weight_bytes=128"));
  e = experiment();
  e.workload.set("context", 100000);
  EXPECT_EQ(message_of<RequestError>([&] { simulate(e); }),
            refused("-m bitnet-b158-2b4t -w decode-512 --set workload.context=100000"));
  EXPECT_NE(message_of<RequestError>([] { Model::load("embedded").set("context_length", 4096); }).find("has weights"),
            std::string::npos);
}

TEST(Api, CopiesAreIndependentAndARefusedSetChangesNothing) {
  Machine machine = Machine::load("edge-lpddr5x");
  Machine other = machine;
  other.set("dram.channels", 8);
  EXPECT_EQ(machine.name(), "edge-lpddr5x");
  EXPECT_EQ(other.name(), "edge-lpddr5x with dram.channels 8");
  EXPECT_THROW(other.set({{"dram.channels", 2}, {"clock_hertz", 1e9}}), ternsim::InputError);
  EXPECT_EQ(other.name(), "edge-lpddr5x with dram.channels 8");
  other.set("dram.channels", 2);
  EXPECT_EQ(other.name(), "edge-lpddr5x with dram.channels 2");
  EXPECT_NE(other.yaml().find("dram.channels: 2"), std::string::npos);
  // Rows that the RTL does not have need the name of the RTL to go with them.
  EXPECT_THROW(machine.set("matrix_unit.rows", 32), ternsim::InputError);
  EXPECT_NO_THROW(machine.set({{"matrix_unit.rows", 32}, {"matrix_unit.rtl_config", ""}}));
  EXPECT_NO_THROW(machine.set({{"dram.memory", "lpddr5-6400"}}));
}

TEST(Api, ValuesAsAFileHasThem) {
  EXPECT_EQ(Value(8).text(), "8");
  EXPECT_EQ(Value(std::int64_t{-3}).text(), "-3");
  EXPECT_EQ(Value(0.1).text(), "0.1");
  EXPECT_EQ(Value(1.0 / 3).text(), "0.3333333333333333");
  EXPECT_EQ(Value(true).text(), "true");
  EXPECT_EQ(Value("adder_tree").text(), "adder_tree");
}

TEST(Api, NamesCanBeLoaded) {
  for (const std::string& name : Machine::names()) EXPECT_FALSE(Machine::load(name).yaml().empty()) << name;
  for (const std::string& name : Model::names()) EXPECT_GT(Model::load(name).ternary_weights(), 0) << name;
  for (const std::string& name : Workload::names()) EXPECT_FALSE(Workload::load(name).name().empty()) << name;
  for (const std::string& name : Technology::names()) EXPECT_FALSE(Technology::load(name).name().empty()) << name;
  EXPECT_TRUE(Model::load("embedded").has_weights());
  EXPECT_FALSE(Model::load("bitnet-b158-2b4t").has_weights());
}

TEST(Api, NotesAreThoseOfTheCommand) {
  Experiment e = experiment("edge-lpddr5x", "bitnet-100b");
  e.machine.set("clock_hz", 5e9);
  e.workload.set("decode_tokens", 1);
  std::string notes;
  for (const std::string& note : simulate(e).notes()) notes += "ternsim: note: " + note + "\n";
  EXPECT_EQ(std::count(notes.begin(), notes.end(), '\n'), 2);
  const ternsim::test::Outcome o =
      run("simulate -m bitnet-100b -w decode-512 --set clock_hz=5e9 --set workload.decode_tokens=1");
  EXPECT_EQ(o.out.substr(0, notes.size()), notes);
  EXPECT_EQ(o.out.find("note:", notes.size()), std::string::npos);
  EXPECT_TRUE(simulate(experiment()).notes().empty());
}

TEST(Api, StandardOutputAndErrorAreTheProgramsOwn) {
  const Experiment e = experiment();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  simulate(e);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Api, SeveralThreadsAtOnce) {
  const std::vector<std::string> machines{"edge-lpddr5x", "edge-lut", "nano", "server-hbm", "edge-bit-serial"};
  std::vector<std::string> alone, together(4 * machines.size());
  const auto simulated = [](const std::string& name) {
    Experiment e = experiment(name);
    e.workload.set("decode_tokens", 2);
    return simulate(e).json();
  };
  for (const std::string& name : machines) alone.push_back(simulated(name));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (std::size_t j = 0; j < machines.size(); ++j) {
        const std::size_t which = (i + j) % machines.size();
        together[i * machines.size() + which] = simulated(machines[which]);
        EXPECT_THROW(Machine::load("nowhere"), ternsim::InputError);
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < together.size(); ++i) EXPECT_EQ(together[i], alone[i % machines.size()]) << i;
}

TEST(Api, DataDirectory) {
  EXPECT_EQ(ternsim::data_directory(), TERNSIM_SOURCE_DIR);
  setenv("TERNSIM_DATA_DIR", "/nonexistent", 1);
  EXPECT_EQ(ternsim::data_directory(), "/nonexistent");
  EXPECT_NE(message_of<ternsim::InputError>([] { Machine::load("edge-lpddr5x"); }).find("/nonexistent: no configs/"),
            std::string::npos);
  unsetenv("TERNSIM_DATA_DIR");
  EXPECT_NO_THROW(Machine::load("edge-lpddr5x"));
}

TEST(Api, VersionOfHeaderAndLibrary) {
  EXPECT_STREQ(ternsim::version(), TERNSIM_VERSION_TEXT);
  EXPECT_EQ(run("--version").out.rfind(std::string("ternsim ") + ternsim::version() + "\n", 0), 0U);
  static_assert(std::is_copy_constructible_v<Results> && std::is_nothrow_move_constructible_v<Experiment>);
}

}  // namespace
