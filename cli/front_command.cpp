#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "base/error.h"
#include "cli/options.h"
#include "cli/run_block.h"
#include "cli/sweep_output.h"
#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::cli {

int run_front(const FrontOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const sweep::Store store = sweep::Store::read(options.store);
  const std::optional<sweep::Store::SweepText> text = store.last_sweep();
  if (!text) throw InputError(fmt::format("{}: no sweep has written to it", options.store));
  const sweep::Sweep sweep = sweep::parse_sweep(text->yaml, text->origin);
  print_sweep(sweep, store, std::nullopt, run_block(start), {options.html, options.rows, options.json});
  return kOk;
}

}  // namespace ternsim::cli
