// Bytes as a results file. What is read can be written and read again unchanged, and compared with itself and with a
// sound one.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare_results.h"
#include "reports/compare_text.h"
#include "reports/json_reader.h"
#include "reports/json_writer.h"
#include "reports/results_diff.h"
#include "reports/tree_check.h"
#include "tests/closed_form/reports_sample_tree.h"
#include "tests/fuzz/clear_error.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/json_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace ternsim;

void read(std::string_view text) {
  static const StatisticNode good = reports::sample_tree();
  // By its file now and then: the reader takes room for the largest file, which is slow.
  const StatisticNode root = text.size() % 64 == 0 ? reports::read_results(fuzz::input_file(text))
                                                   : reports::parse_results(text, fuzz::kOrigin);
  const std::string written = reports::json_report(root);
  if (reports::json_report(reports::parse_results(written, fuzz::kOrigin)) != written)
    fuzz::finding("a tree that comes back changed");
  const reports::NamedResults fuzzed{"fuzzed", root};
  if (!reports::equal_results(reports::diff_results(fuzzed, {"again", root}))) fuzz::finding("unequal to itself");
  for (const bool swapped : {false, true}) {
    const reports::NamedResults sound{"sound", good};
    const StatisticNode diff = swapped ? reports::diff_results(sound, fuzzed) : reports::diff_results(fuzzed, sound);
    reports::check_tree(diff);
    reports::diff_text(diff);
  }
  const std::vector<reports::ComparedRun> runs{{"sound", "sound", good}, {"fuzzed", fuzz::kOrigin, root}};
  const StatisticNode comparison = reports::compare_results(runs);
  reports::check_tree(comparison);
  reports::compare_text(comparison);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::ends_clearly([&] { read({reinterpret_cast<const char*>(data), size}); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  if (seed % 4 != 0) {
    const std::string changed = fuzz::mutate_json({reinterpret_cast<const char*>(data), size}, seed);
    if (!changed.empty() && changed.size() <= max_size) {
      std::memcpy(data, changed.data(), changed.size());
      return changed.size();
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
