#include "sim/program/workload.h"

namespace ternsim::sim {

Workload load_workload(const std::filesystem::path& path, std::span<const YamlOverride> overrides) {
  YamlMap root = YamlMap::load(path, overrides);
  Workload w;
  w.name = root.text("name") + overrides_text(overrides);
  w.prefill_tokens = root.integer("prefill_tokens", 0, 1 << 20);
  w.decode_tokens = root.integer("decode_tokens", 0, 1 << 20);
  if (w.prefill_tokens + w.decode_tokens == 0) root.fail("decode_tokens", "a workload needs prefill or decode tokens");
  w.context = root.integer("context", 0, 1 << 24);
  w.batch = root.integer("batch", 1, 4096);
  w.zero_share = root.number("zero_share", 0.0, 1.0);
  // Absent: nothing is known, so nothing is skipped.
  if (root.has("hidden_zero_share")) w.hidden_zero_share = root.number("hidden_zero_share", 0.0, 1.0);
  if (root.has("zero_row_share")) w.zero_row_share = root.number("zero_row_share", 0.0, 1.0);
  if (w.zero_row_share > w.zero_share)
    root.fail("zero_row_share", "rows of zeros cannot be more than zero_share, the share of all zero weights");
  root.finish();
  w.yaml = root.source();
  return w;
}

}  // namespace ternsim::sim
