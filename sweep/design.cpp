#include "sweep/design.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/file_hash.h"
#include "base/random.h"
#include "explore/machine_study.h"
#include "sim/simulation.h"

namespace ternsim::sweep {

namespace fs = std::filesystem;

namespace {

std::string model_key(const Settings& settings, const FileOverrides& overrides) {
  return settings.at("model") + overrides_text(overrides.model);
}

const StatisticNode& phase_of(const StatisticNode& machine) {
  const StatisticNode* decode = machine.find_child("decode");
  return decode != nullptr ? *decode : *machine.find_child("prefill");
}

std::optional<double> figure(const StatisticNode& node, std::string_view name) {
  const Statistic* s = node.find(name);
  if (s == nullptr) return std::nullopt;
  if (const auto* count = std::get_if<std::uint64_t>(&s->value)) return static_cast<double>(*count);
  return std::get<double>(s->value);
}

/// All values that a key has in any design.
std::set<std::string> values_of(const Sweep& sweep, const std::string& key) {
  std::set<std::string> values;
  bool always = false;  // an axis that sets it in each of its values hides what is fixed
  for (const Axis& axis : sweep.axes) {
    std::size_t set = 0;
    for (const Settings& value : axis.values)
      if (const auto found = value.find(key); found != value.end()) {
        values.insert(found->second);
        ++set;
      }
    always = always || set == axis.values.size();
  }
  if (const auto fixed = sweep.fixed.find(key); fixed != sweep.fixed.end() && !always) values.insert(fixed->second);
  return values;
}

}  // namespace

fs::path Designs::file_of(const std::string& key, const std::string& name) const {
  try {
    if (key == "model") return sources_.find_model(name);
    return sources_.find(key == "technology" ? "technologies" : key + "s", name);
  } catch (const InputError& e) {
    const auto origin = origins_.find(key);
    throw InputError(origin == origins_.end() ? e.what() : fmt::format("{}: {}: {}", origin->second, key, e.what()));
  }
}

sim::AcceleratorConfig Designs::accelerator(const Settings& settings) const {
  const FileOverrides overrides = overrides_of(settings, origins_, "settings");
  return sim::load_accelerator(file_of("accelerator", settings.at("accelerator")), sources_.rtl_configs,
                               overrides.accelerator);
}

sim::Workload Designs::workload(const Settings& settings) const {
  const FileOverrides overrides = overrides_of(settings, origins_, "settings");
  return sim::load_workload(file_of("workload", settings.at("workload")), overrides.workload);
}

void Designs::load_shared(const Settings& settings) {
  const FileOverrides overrides = overrides_of(settings, origins_, "settings");
  if (const std::string key = model_key(settings, overrides); !models_.contains(key))
    models_.emplace(key, sources_.load_model(file_of("model", settings.at("model")), overrides.model));
  if (const std::string& name = settings.at("technology"); !technologies_.contains(name))
    technologies_.emplace(name, energy::Technology::load(file_of("technology", name)));
}

Metrics Designs::simulate(const Settings& settings) const {
  const sim::AcceleratorConfig config = accelerator(settings);
  const sim::Workload work = workload(settings);
  const LoadedModel& model = models_.at(model_key(settings, overrides_of(settings, origins_, "settings")));
  const energy::Technology& technology = technologies_.at(settings.at("technology"));
  explore::StudyInput input{model.graph, work, technology, {}};
  input.operands.weights = model.weights;
  explore::energy_model(input, config);  // refuses what cannot be priced before the work
  explore::Machine machine{"machine", config.name, config, {}, 0, {}};
  machine.result =
      sim::simulate(config, model.graph, work, config.matrix.exact() ? input.operands : sim::SimulationInput{});
  std::set<std::string> used;
  const StatisticNode node = explore::machine_node(input, machine, used);
  const StatisticNode& phase = phase_of(node);
  Metrics metrics;
  for (std::size_t i = 0; i < kMetricCount; ++i) metrics[i] = figure(phase, kMetrics[i].name);
  metrics[*find_metric("area_m2")] = figure(node, "area_m2");
  if (const StatisticNode* prefill = node.find_child("prefill"))
    metrics[*find_metric("time_to_first_token")] = figure(*prefill, "time_to_first_token");
  return metrics;
}

std::map<std::string, std::string> Designs::input_digests(const Sweep& sweep) const {
  // The same version of ternsim may simulate otherwise in another build.
  std::map<std::string, std::string> digests{{"ternsim program", file_hash("/proc/self/exe")}};
  const auto add = [&](const std::string& key, const std::string& name, const std::string& digest) {
    digests[fmt::format("{} {}", key, name)] = digest;
  };
  for (const char* key : {"model", "workload", "technology"})
    for (const std::string& name : values_of(sweep, key)) add(key, name, file_hash(file_of(key, name)));
  for (const std::string& name : values_of(sweep, "accelerator")) {
    const fs::path path = file_of("accelerator", name);
    add("accelerator", name, text_hash(sim::load_accelerator(path, sources_.rtl_configs).yaml));
    for (const std::string& memory : values_of(sweep, "dram.memory")) {
      const std::array<YamlOverride, 1> other{{{"dram.memory", memory, sweep.origins.at("dram.memory")}}};
      add("memory", fmt::format("{} of {}", memory, name),
          text_hash(sim::load_accelerator(path, sources_.rtl_configs, other).dram.yaml));
    }
  }
  return digests;
}

void check_designs(const Sweep& sweep, Designs& designs) {
  constexpr int kAttempts = 64;
  Random random(1);
  bool any = false;
  std::string first;
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
    const Axis& axis = sweep.axes[i];
    for (std::size_t j = 0; j < axis.values.size(); ++j) {
      std::string own;
      bool read = false;
      for (int attempt = 0; attempt < kAttempts && !read; ++attempt) {
        std::vector<std::uint64_t> choice;
        for (const Axis& other : sweep.axes) choice.push_back(attempt == 0 ? 0 : random.below(other.values.size()));
        choice[i] = j;
        try {
          const Settings settings = sweep.at(choice);
          designs.accelerator(settings);
          designs.workload(settings);
          designs.load_shared(settings);
          read = true;
        } catch (const InputError& e) {
          const std::string message = e.what();
          if (first.empty()) first = message;
          const auto about = [&](const auto& setting) {
            return message.starts_with(fmt::format("{}: ", sweep.origins.at(setting.first)));
          };
          if (own.empty() && std::ranges::any_of(axis.values[j], about)) own = message;
        }
      }
      any = any || read;
      if (!read && !own.empty()) throw InputError(own);
    }
  }
  if (!any)
    throw InputError(fmt::format("{}: no design of this sweep can be read; the first: {}", sweep.origin, first));
}

}  // namespace ternsim::sweep
