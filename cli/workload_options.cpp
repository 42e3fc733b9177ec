#include "cli/workload_options.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "cli/data_paths.h"

namespace ternsim::cli {

sim::Workload workload_of(const WorkloadOptions& options, std::span<const YamlOverride> overrides) {
  sim::Workload w = sim::load_workload(find_config("workloads", options.name), overrides);
  std::string changes;
  const auto replace = [&](std::int64_t& value, const std::optional<std::int64_t>& given, const char* name) {
    if (!given || *given == value) return;
    value = *given;
    changes += fmt::format("{}{} {}", changes.empty() ? "" : ", ", name, value);
  };
  replace(w.prefill_tokens, options.prefill, "prefill");
  replace(w.decode_tokens, options.decode, "decode");
  replace(w.context, options.context, "context");
  replace(w.batch, options.batch, "batch");
  if (w.prefill_tokens + w.decode_tokens == 0)
    throw RequestError("a workload needs prefill or decode tokens; give --prefill or --decode more than 0");
  if (!changes.empty()) w.name += fmt::format(" with {}", changes);
  return w;
}

}  // namespace ternsim::cli
