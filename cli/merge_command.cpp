#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/options.h"
#include "cli/output.h"
#include "sweep/store.h"

namespace ternsim::cli {

int run_merge(const MergeOptions& options) {
  std::vector<sweep::Store> inputs;
  for (const std::string& input : options.inputs) {
    std::error_code ec;
    if (std::filesystem::equivalent(input, options.output, ec))
      throw RequestError(fmt::format("{}: both input and output", input));
    inputs.push_back(sweep::Store::read(input));
  }
  sweep::Store output = sweep::Store::open(options.output, TERNSIM_VERSION);
  std::string text;
  for (const sweep::Store& input : inputs)
    text += fmt::format("{}: {} points, {} of them new\n", input.path().string(), input.size(), output.merge(input));
  print_all(text + fmt::format("{}: {} points\n", options.output, output.size()));
  return kOk;
}

}  // namespace ternsim::cli
