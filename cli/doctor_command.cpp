#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/quantity.h"
#include "cli/data_paths.h"
#include "cli/machine_facts.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "kernels/compiled_sets.h"
#include "kernels/dispatch.h"
#include "kernels/machine_limits.h"
#include "reports/clean_text.h"
#include "reports/json_writer.h"
#include "reports/wrapped_text.h"

namespace ternsim::cli {

namespace {

std::string names_of(const std::vector<kernels::Isa>& sets) {
  std::string out;
  for (const kernels::Isa isa : sets) out += fmt::format("{}{}", out.empty() ? "" : ", ", kernels::name_of(isa));
  return out;
}

/// What a section's figures mean for the person who asked.
void add_meaning(StatisticNode& node, std::string sentence) {
  node.add("meaning", "What that means.", Quantity::Text, std::move(sentence));
}

StatisticNode instruction_sets(kernels::Isa& chosen) {
  StatisticNode node{"instruction_sets", "Instruction sets", {}, {}};
  const std::vector<kernels::Isa> available = kernels::available_isas();
  const char* asked = std::getenv("TERNSIM_ISA");
  chosen = available.back();
  std::string meaning;
  try {
    chosen = kernels::best_isa();
    if (asked != nullptr && *asked != '\0')
      meaning = chosen == available.back()
                    ? "TERNSIM_ISA asks for what would be taken without it."
                    : fmt::format("TERNSIM_ISA asks for {}; without it {} would be faster, with the same results.",
                                  kernels::name_of(chosen), kernels::name_of(available.back()));
    else
      meaning = "Commands that run a model take the fastest available; results are the same on each.";
  } catch (const Error& e) {
    unsetenv("TERNSIM_ISA");  // said, and in nobody's way from here on
    meaning = fmt::format("Commands that run a model refuse to: {}. Unset TERNSIM_ISA.", e.what());
  }
  if (available.back() == kernels::Isa::Scalar)
    meaning += " Only plain C++ runs here: models are many times slower than with AVX2 or NEON.";
  node.add("compiled_in", "Sets that this build has kernels for.", Quantity::Text, names_of(kernels::compiled_isas()))
      .add("available", "Those that this machine can run.", Quantity::Text, names_of(available))
      .add("taken", "The set that commands take.", Quantity::Text, std::string(kernels::name_of(chosen)));
  add_meaning(node, meaning);
  return node;
}

StatisticNode processors(int& threads) {
  StatisticNode node{"processors", "Processors", {}, {}};
  const int machine = std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  const int started = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int allowed = allowed_threads();
  const std::optional<double> granted = granted_processors();
  threads = granted ? std::clamp(static_cast<int>(*granted + 0.5), 1, allowed) : allowed;
  const std::string name = processor_name();
  node.add("processor", "As the system names it.", Quantity::Text, name.empty() ? "unknown" : name)
      .add("machine_threads", "Hardware threads of the machine.", Quantity::Count, static_cast<std::uint64_t>(machine))
      .add("allowed_threads", "Those that this process may run on.", Quantity::Count,
           static_cast<std::uint64_t>(allowed));
  if (granted) node.add("granted_processors", "Processors' time that control groups grant.", Quantity::Ratio, *granted);
  node.add("usable_threads", "The least of these.", Quantity::Count, static_cast<std::uint64_t>(threads));
  add_meaning(node,
              threads < started
                  ? fmt::format("Commands start {} threads unless told otherwise, and only {} can work at a time: "
                                "give --threads {} (--jobs {} to a sweep).",
                                started, threads, threads, threads)
                  : fmt::format("Commands that run a model start {} threads, sweeps as many simulations.", started));
  return node;
}

StatisticNode memory(std::uint64_t& usable) {
  StatisticNode node{"memory", "Memory", {}, {}};
  const auto total = memory_bytes("MemTotal");
  const auto available = memory_bytes("MemAvailable");
  const auto granted = granted_memory();
  usable = available.value_or(std::uint64_t{1} << 30);
  if (granted) usable = std::min(usable, *granted);
  if (total) node.add("total", "Memory of the machine.", Quantity::Bytes, *total);
  if (available) node.add("available", "What new programs can have without swapping.", Quantity::Bytes, *available);
  if (granted) node.add("granted", "What control groups grant in all.", Quantity::Bytes, *granted);
  // Two bits a weight; a tenth stays for the rest.
  const double weights = static_cast<double>(usable) * 4 * 0.9;
  add_meaning(node, fmt::format("Room for models of up to some {:.1f} billion ternary weights, at two bits each; a "
                                "simulated shape needs none.",
                                weights / 1e9));
  return node;
}

StatisticNode huge_pages() {
  StatisticNode node{"huge_pages", "2 MiB pages", {}, {}};
  const std::string policy = huge_page_policy();
  const std::optional<double> granted = granted_huge_pages();
  node.add("policy", "The system's setting of transparent huge pages.", Quantity::Text,
           policy.empty() ? "unknown" : policy);
  if (granted)
    node.add("granted_share", "Share of memory for weights that came in 2 MiB pages, when asked for.", Quantity::Ratio,
             *granted, Tier::Measured);
  if (granted && *granted > 0.9)
    add_meaning(node, "Weights lie in 2 MiB pages: reading them misses few address translations.");
  else
    add_meaning(node,
                "Weights lie in small pages, at least in part, and are read more slowly. The administrator can change "
                "that: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
  return node;
}

StatisticNode speed(kernels::Isa isa, int threads, std::uint64_t memory) {
  StatisticNode node{"speed", "Speed", {}, {}};
  const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal) fmt::print(stderr, "measuring memory and arithmetic, about a second ...");
  kernels::ThreadPool pool(std::min(threads, 1024));
  kernels::MachineLimitsOptions options;
  options.bytes = static_cast<std::size_t>(std::min<std::uint64_t>(std::uint64_t{512} << 20, memory / 4));
  options.passes = 1;
  const kernels::MachineLimits limits = kernels::measure_machine_limits(isa, pool, options);
  if (terminal) fmt::print(stderr, "\r\033[K");
  const double bytes = limits.best_read().gb_per_s * 1e9;
  const double macs = std::max(limits.int8_gmac_s, limits.tile_gmac_s) * 1e9;
  node.add("read_bandwidth", "Fastest of several loops that read memory, all threads together, one pass each.",
           Quantity::BytesPerSecond, bytes, Tier::Measured)
      .add("int8_peak", "Multiply-accumulates of bytes by the set's best instruction, all threads together.",
           Quantity::MacsPerSecond, macs, Tier::Measured);
  add_meaning(node, fmt::format("A model whose weights take 1 GB writes at most {:.0f} tokens a second here, for each "
                                "token reads them all. 'ternsim bench MODEL' says how near it comes.",
                                bytes / 1e9));
  return node;
}

struct Tool {
  const char* name;
  std::vector<const char*> programs;  ///< any of them will do
  const char* needed_for;
};

StatisticNode tools() {
  static const Tool kTools[] = {
      {"verilator", {"verilator"}, "building; the RTL's models are in this program already"},
      {"yosys", {"yosys"}, "synthesis of the RTL (rtl/synth) and the tests' proofs"},
      {"python3", {"python3"}, "synthesis of the RTL and the training script"},
      {"node", {"node"}, "installing the page's chart library, and the test that draws the page"},
      {"chromium", {"chromium", "chromium-browser", "google-chrome"}, "the test that draws the page"},
      {"slurm", {"sbatch"}, "spreading the shards of a sweep over a cluster"},
  };
  StatisticNode node{"tools", "Tools", {}, {}};
  std::string missing;
  for (const Tool& tool : kTools) {
    std::string found;
    for (const char* program : tool.programs)
      if (found.empty()) found = find_tool(program).string();
    if (found.empty()) missing += (missing.empty() ? "" : ", ") + std::string(tool.name);
    node.add(tool.name, fmt::format("Needed for {}.", tool.needed_for), Quantity::Text,
             fmt::format("{}: for {}", found.empty() ? "not found" : found, tool.needed_for));
  }
  add_meaning(node, missing.empty() ? std::string("No command needs any of them to run, and all are here.")
                                    : fmt::format("No command needs any of them to run; without {} only what is said "
                                                  "there is left out.",
                                                  missing));
  return node;
}

StatisticNode data() {
  StatisticNode node{"data", "Data", {}, {}};
  node.add("from", "What the folder comes from.", Quantity::Text, api::choose_data().origin);
  try {
    node.add("folder", "Where configurations and the embedded model are looked for.", Quantity::Text,
             data_dir().string());
    for (const char* kind : {"accelerators", "models", "workloads", "technologies"})
      node.add(kind, fmt::format("Files in configs/{}.", kind), Quantity::Count,
               static_cast<std::uint64_t>(config_names(kind).size()));
    std::string missing;
    std::error_code ec;
    for (const auto& file : {embedded_model_path(), embedded_text_path(), rtl_configs_path(), synthesis_path()})
      if (!std::filesystem::exists(file, ec)) missing += (missing.empty() ? "" : ", ") + file.string();
    node.add("missing", "Files that should be there and are not.", Quantity::Text, missing.empty() ? "none" : missing);
    add_meaning(node, missing.empty() ? "Names such as edge-lpddr5x, chat and embedded stand for files there."
                                      : "Commands that need the missing files will name them and stop.");
  } catch (const InputError& e) {
    add_meaning(node, fmt::format("Names of configurations and the embedded model cannot be used: {}", e.what()));
  }
  return node;
}

std::string doctor_text(const StatisticNode& root) {
  constexpr std::size_t kLine = 80;
  std::string out;
  for (const StatisticNode& node : root.children) {
    if (node.name == "run") continue;
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", node.title);
    std::size_t width = 0;
    for (const Statistic& s : node.statistics) width = std::max(width, s.name.size());
    for (const Statistic& s : node.statistics) {
      const std::string text = reports::printable_text(for_people(s));
      if (s.name == "meaning")
        out += fmt::format("  => {}\n", reports::wrapped_text(text, kLine - 5, 5));
      else
        out += fmt::format("  {:<{}}  {}\n", s.name, width, reports::wrapped_text(text, kLine - width - 4, width + 4));
    }
  }
  return out;
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  kernels::Isa isa{};
  int threads = 1;
  std::uint64_t bytes = 0;
  StatisticNode root{"results", "ternsim doctor", {}, {}};
  root.children.push_back(instruction_sets(isa));
  root.children.push_back(processors(threads));
  root.children.push_back(memory(bytes));
  root.children.push_back(huge_pages());
  root.children.push_back(speed(isa, threads, bytes));
  root.children.push_back(tools());
  root.children.push_back(data());
  if (!options.json) {
    print_all(doctor_text(root));
    return kOk;
  }
  root.children.insert(root.children.begin(), run_block(start));
  print_all(reports::json_report(root));
  return kOk;
}

}  // namespace ternsim::cli
