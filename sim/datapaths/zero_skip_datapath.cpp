#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "sim/datapaths/adder_tree.h"
#include "sim/datapaths/beats.h"
#include "sim/datapaths/bodies.h"
#include "sim/datapaths/dense_datapath.h"
#include "sim/datapaths/tree_operands.h"
#include "sim/datapaths/window_law.h"

namespace ternsim::sim {

namespace {

using energy::Action;
using energy::Part;

/// Windows of a chunk that are alike in what their time depends on.
struct WindowClass {
  std::int64_t rows = 0;   ///< of the row tile
  std::int64_t width = 0;  ///< weights of a row
  std::int64_t cycles = 0;
  bool last = false;  ///< of its row tile: no later window waits for its sums
  double number = 0;  ///< how many; a count on real weights, an expectation else
};

/// What the weights of a chunk mean for one token.
struct SkipFacts {
  std::vector<WindowClass> windows;
  double nonzeros = 0;
  double row_cycles = 0;        ///< cycles of each row's tree, summed over rows
  std::vector<double> working;  ///< as WindowLaw::working, summed over rows and windows
  double zero_share = -1;       ///< that expectations are for
};

/// Only non-zero weights take a lane. A row's weights are looked at in windows of `skip_window` columns, whose inputs a
/// port as wide as the window brings in a cycle; a row with n non-zero weights in it is busy for ceil(n / lanes)
/// cycles. Rows of a tile go on together, since they share the window: it takes what the busiest row does, at least the
/// one cycle that brings the inputs. Times follow from the real weights where they are known, else they are the exact
/// expectation for zeros independent of one another, rounded once for the chunk.
///
/// Non-zero weights are found in the packed codes themselves: no index is stored or read. The inputs that they want are
/// brought to the front by log2(skip_window) stages of 2:1 multiplexers, one for each column and stage, in every row,
/// window and token (counted); the prefix sums that steer them follow from the codes and are left out.
class ZeroSkipDatapath final : public Datapath {
 public:
  explicit ZeroSkipDatapath(const MatrixUnitConfig& config) : Datapath(config), tree_(config.geometry.lanes) {}

  int latency() const override { return config_.geometry.latency() + 1; }  // the multiplexers' register

  std::int64_t cycles(const MatmulWork& work) override {
    const bool stationary = config_.dataflow == Dataflow::WeightStationary;
    const std::int64_t slots = config_.geometry.slots;
    double sum = 0;
    for (const WindowClass& w : facts_of(work).windows) {
      const std::int64_t decode = decode_cycles(w.rows * w.width, config_);
      std::int64_t one = 0;
      if (stationary) {
        one = std::max(w.cycles * work.tokens, decode);
        if (!w.last) one = std::max<std::int64_t>(one, latency());
      } else {
        one = work.tokens / slots * std::max(w.cycles * slots, decode);
        if (const std::int64_t rest = work.tokens % slots; rest > 0) one += std::max(w.cycles * rest, decode);
      }
      sum += w.number * static_cast<double>(one);
    }
    return std::max<std::int64_t>(1, std::llround(sum));
  }

  void count(const MatmulWork& work, int accumulator_port_bits, energy::ActionCounts& counts) override {
    const MatrixGeometry& g = config_.geometry;
    const SkipFacts& facts = facts_of(work);
    const auto tokens = static_cast<double>(work.tokens);
    const auto whole = [](double n) { return static_cast<std::uint64_t>(std::llround(n)); };
    counts.add(Part::Matrix, Action::IntMux, config_.activation_bits,
               static_cast<std::uint64_t>(work.rows * work.cols * work.tokens * shuffle_stages()));
    counts.add(Part::Matrix, Action::IntNegate, MatrixGeometry::kLaneBits, whole(facts.nonzeros * tokens));
    const int levels = g.tree_levels();
    for (int j = 0; j <= levels; ++j) {
      const int width = j == levels ? g.accumulator_bits : MatrixGeometry::adder_bits(j);
      const std::uint64_t all =
          whole(facts.row_cycles * tokens) * (j == levels ? 1U : static_cast<std::uint64_t>(g.lanes) >> (j + 1));
      const std::uint64_t working =
          config_.zero_gating ? std::min(all, whole(facts.working[static_cast<std::size_t>(j)] * tokens)) : all;
      counts.add(Part::Matrix, Action::IntAdd, width, working);
      if (config_.zero_gating) counts.add(Part::Matrix, Action::IntAddGated, width, all - working);
    }
    count_weights(work, work.cols, 1, weight_reads(work, config_), config_, counts);
    const std::int64_t columns = ceil_div(work.cols, g.lanes) * g.lanes;
    counts.add(Part::ActivationSram, Action::SramRead, config_.skip_window * config_.activation_bits,
               static_cast<std::uint64_t>(row_tiles_of(work.rows, g).count() * columns * work.tokens *
                                          config_.activation_bits));
    const bool stationary = config_.dataflow == Dataflow::WeightStationary;
    count_sums(work, stationary ? ceil_div(work.cols, config_.skip_window) : 1, accumulator_port_bits, counts);
  }

  std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                           std::span<std::int32_t> sums) override {
    const std::int64_t lanes = config_.geometry.lanes;
    const std::int64_t window = config_.skip_window;
    TreeOperands operands(work, activations, window, false);
    std::vector<std::int8_t> signs(static_cast<std::size_t>(window + 1));
    std::vector<std::int8_t> inputs(signs.size());
    std::vector<std::int64_t> columns(signs.size());
    std::uint64_t pairs = 0;
    for (std::int64_t r = work.row0; r < work.row0 + work.rows; ++r) {
      const std::int8_t* weights = operands.row(r);
      for (std::int64_t k0 = 0; k0 < operands.beats() * window; k0 += window) {
        std::size_t n = 0;
        for (std::int64_t k = k0; k < k0 + window; ++k) {  // a zero's place is taken by the next
          signs[n] = weights[k];
          columns[n] = k;
          n += weights[k] != 0 ? 1 : 0;
        }
        const std::int64_t busy = ceil_div(static_cast<std::int64_t>(n), lanes);
        std::fill(signs.begin() + static_cast<std::ptrdiff_t>(n), signs.begin() + busy * lanes, std::int8_t{0});
        for (std::int64_t t = 0; t < work.tokens; ++t) {
          for (std::size_t i = 0; i < n; ++i) inputs[i] = operands.inputs(t)[columns[i]];
          sums[static_cast<std::size_t>(t * work.weights->rows() + work.matrix_row(r))] +=
              tree_.sum(signs.data(), inputs.data(), busy);
        }
      }
      pairs += static_cast<std::uint64_t>(work.cols * work.tokens);
    }
    return pairs;
  }

  void add_inventory(energy::Inventory& inventory) const override {
    const MatrixGeometry& g = config_.geometry;
    const auto rows = static_cast<std::uint64_t>(g.rows);
    inventory.operators[{Part::Matrix, Action::IntNegate, MatrixGeometry::kLaneBits}] +=
        rows * static_cast<std::uint64_t>(g.lanes);
    inventory.operators[{Part::Matrix, Action::IntMux, config_.activation_bits}] +=
        rows * static_cast<std::uint64_t>(config_.skip_window * shuffle_stages());
    add_tree(MatrixGeometry::kLaneBits, g, rows, inventory);
    add_decoders(config_, inventory);
  }

 private:
  int shuffle_stages() const {
    return static_cast<int>(std::bit_width(static_cast<unsigned>(config_.skip_window - 1)));
  }

  const SkipFacts& facts_of(const MatmulWork& work) {
    const SkipFacts& known = memory_.of(work, [&] { return work.weights != nullptr ? counted(work) : expected(work); });
    if (work.weights != nullptr || known.zero_share == work.zero_weight_share) return known;
    other_share_ = expected(work);
    return other_share_;
  }

  SkipFacts counted(const MatmulWork& work) const {
    const int lanes = config_.geometry.lanes;
    const int levels = config_.geometry.tree_levels();
    const std::int64_t window = config_.skip_window;
    const std::int64_t windows = ceil_div(work.cols, window);
    SkipFacts facts;
    facts.working.assign(static_cast<std::size_t>(levels) + 1, 0.0);
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, bool>, std::int64_t> classes;
    std::vector<std::uint64_t> bits(static_cast<std::size_t>(ceil_div(work.cols, 64)));
    std::vector<std::int64_t> cycles(static_cast<std::size_t>(windows));
    for (std::int64_t row0 = work.row0; row0 < work.row0 + work.rows; row0 += config_.geometry.rows) {
      const std::int64_t rows = std::min<std::int64_t>(config_.geometry.rows, work.row0 + work.rows - row0);
      std::ranges::fill(cycles, 1);
      for (std::int64_t r = row0; r < row0 + rows; ++r) {
        nonzero_bits(*work.weights, work.matrix_row(r), work.col0, work.cols, bits);
        for (std::int64_t w = 0; w < windows; ++w) {
          const std::int64_t n = ones(bits, w * window, std::min((w + 1) * window, work.cols));
          cycles[static_cast<std::size_t>(w)] = std::max(cycles[static_cast<std::size_t>(w)], ceil_div(n, lanes));
          facts.nonzeros += static_cast<double>(n);
          const std::int64_t full = n / lanes;
          for (int j = 0; j <= levels; ++j)
            facts.working[static_cast<std::size_t>(j)] +=
                static_cast<double>(full * working_adders(lanes, j, lanes) + working_adders(n % lanes, j, lanes));
        }
      }
      for (std::int64_t w = 0; w < windows; ++w) {
        const std::int64_t width = std::min(window, work.cols - w * window);
        ++classes[{rows, width, cycles[static_cast<std::size_t>(w)], w + 1 == windows}];
        facts.row_cycles += static_cast<double>(rows * cycles[static_cast<std::size_t>(w)]);
      }
    }
    for (const auto& [key, number] : classes)
      facts.windows.push_back(
          {std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), static_cast<double>(number)});
    return facts;
  }

  static std::int64_t ones(std::span<const std::uint64_t> bits, std::int64_t from, std::int64_t to) {
    std::int64_t n = 0;
    while (from < to) {
      const std::int64_t here = std::min<std::int64_t>(64 - from % 64, to - from);
      const std::uint64_t word = bits[static_cast<std::size_t>(from / 64)] >> (from % 64);
      n += std::popcount(here == 64 ? word : word & ((std::uint64_t{1} << here) - 1));
      from += here;
    }
    return n;
  }

  SkipFacts expected(const MatmulWork& work) {
    const std::int64_t window = config_.skip_window;
    const RowTiles tiles = row_tiles_of(work.rows, config_.geometry);
    SkipFacts facts;
    facts.zero_share = work.zero_weight_share;
    facts.working.assign(static_cast<std::size_t>(config_.geometry.tree_levels()) + 1, 0.0);
    const auto add = [&](std::int64_t rows, std::int64_t width, bool last, std::int64_t number) {
      if (rows == 0 || width == 0 || number == 0) return;
      const WindowLaw& law = law_of(rows, width, work.zero_weight_share);
      const auto times = static_cast<double>(number);
      for (std::size_t c = 1; c < law.cycles.size(); ++c)
        facts.windows.push_back({rows, width, static_cast<std::int64_t>(c), last, times * law.cycles[c]});
      const double row_windows = times * static_cast<double>(rows);
      facts.nonzeros += row_windows * law.nonzeros;
      facts.row_cycles += row_windows * law.mean_cycles;
      for (std::size_t j = 0; j < facts.working.size(); ++j) facts.working[j] += row_windows * law.working[j];
    };
    const std::int64_t windows = ceil_div(work.cols, window);
    const std::int64_t last_width = work.cols - (windows - 1) * window;
    for (const auto& [rows, number] : {std::pair<std::int64_t, std::int64_t>{config_.geometry.rows, tiles.full},
                                       std::pair<std::int64_t, std::int64_t>{tiles.tail_rows, 1}}) {
      add(rows, window, false, number * (windows - 1));
      add(rows, last_width, true, number);
    }
    return facts;
  }

  const WindowLaw& law_of(std::int64_t rows, std::int64_t width, double zero_share) {
    const auto key = std::tuple(rows, width, zero_share);
    const auto it = laws_.find(key);
    if (it != laws_.end()) return it->second;
    return laws_.emplace(key, window_law(rows, width, config_.geometry.lanes, zero_share)).first->second;
  }

  AdderTree tree_;
  ChunkMemory<SkipFacts> memory_;
  SkipFacts other_share_;
  std::map<std::tuple<std::int64_t, std::int64_t, double>, WindowLaw> laws_;
};

}  // namespace

std::unique_ptr<Datapath> make_zero_skip(const MatrixUnitConfig& config) {
  return std::make_unique<ZeroSkipDatapath>(config);
}

}  // namespace ternsim::sim
