#include "cosim/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "base/yaml.h"
#include "cosim/product_fault.h"
#include "rtl/verilated_engine.h"

namespace ternsim::cosim {

namespace {

constexpr const char* kFirstLine = "ternsim-product 2";
constexpr std::int64_t kMaxExtent = 1 << 20;
// Weights and activations stand in the file, so that it bounds them, too; nothing but this bounds the sums.
constexpr std::int64_t kMaxOperands = 1 << 28;
constexpr std::int64_t kMaxSums = 1 << 24;
constexpr double kMaxDisturbance = 0.99;  // the engine's; the bare unit's is anything below 1

/// The words of a line, divided by spaces.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) { skip(); }
  bool more() const { return !rest_.empty(); }
  /// The next word as a number; false if there is none, or another word. No sign that its type does not have.
  template <typename T>
  bool value(T& into) {
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) return false;
    rest_.remove_prefix(word.size());
    skip();
    return true;
  }

 private:
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  std::string_view rest_;
};

/// The lines of a product's file; what is wrong is an InputError that names file and line.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), in_(path) {
    if (std::error_code unreadable; std::filesystem::is_directory(path, unreadable))
      throw InputError(fmt::format("{}: is a folder; give a file that 'ternsim verify' saved", path.string()));
    if (!in_)
      throw InputError(fmt::format("{}: cannot be read; give a file that 'ternsim verify' saved", path.string()));
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}:{}: {}", path_.string(), number_, what));
  }
  const std::string& next() {
    ++number_;
    if (!std::getline(in_, line_)) fail("the file ends before the product does");
    return line_;
  }
  /// The value behind `key` in the next line.
  std::string text(std::string_view key) {
    const std::string& line = next();
    if (line == key) return "";
    if (!line.starts_with(key) || line[key.size()] != ' ') fail(fmt::format("expected '{} ...'", key));
    return line.substr(key.size() + 1);
  }
  /// The values asked for and nothing else.
  template <typename... T>
  void split(const std::string& text, const char* what, T&... into) const {
    Words words(text);
    if (!(words.value(into) && ...) || words.more()) fail(fmt::format("expected {}", what));
  }
  /// Throws unless the file has ended.
  void end() {
    ++number_;
    if (std::getline(in_, line_)) fail("the product has ended, the file has not");
  }

 private:
  std::filesystem::path path_;
  std::ifstream in_;
  std::string line_;
  int number_ = 0;
};

void read_weights(Reader& in, Product& product) {
  for (std::int64_t r = 0; r < product.rows; ++r) {
    const std::string& row = in.next();
    if (row.size() != static_cast<std::size_t>(product.cols) || row.find_first_not_of("-0+") != std::string::npos)
      in.fail(fmt::format("expected a row of {} weights, each one of - 0 +", product.cols));
    for (const char c : row) product.weights.push_back(static_cast<std::int8_t>(c == '-' ? -1 : c == '+'));
  }
}

void read_activations(Reader& in, Product& product) {
  for (std::int64_t t = 0; t < product.tokens; ++t) {
    Words row(in.next());
    for (std::int64_t k = 0; k < product.cols; ++k) {
      int value = 0;
      if (!row.value(value) || value < -128 || value > 127)
        in.fail(fmt::format("expected {} activations from -128 to 127; number {} is not", product.cols, k + 1));
      product.activations.push_back(static_cast<std::int8_t>(value));
    }
    if (row.more()) in.fail(fmt::format("expected {} activations, found more", product.cols));
  }
}

sim::EngineGeometry read_config(Reader& in, Product& product) {
  product.config = in.text("config");
  std::vector<std::string> names;
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) {
    if (g.unit.name == product.config) return g;
    names.push_back(g.unit.name);
  }
  const std::string near = nearest_name(product.config, names);
  in.fail(fmt::format("no RTL configuration '{}'{}; there are: {}", product.config,
                      near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), fmt::join(names, ", ")));
}

void read_shape(Reader& in, const sim::EngineGeometry& geometry, Product& p) {
  in.split(in.text("shape"), "rows, columns and tokens", p.rows, p.cols, p.tokens);
  for (const std::int64_t extent : {p.rows, p.cols, p.tokens})
    if (extent < 1 || extent > kMaxExtent)
      in.fail(fmt::format("rows, columns and tokens must lie in 1 ... {}", kMaxExtent));
  if (p.cols > geometry.max_cols())
    in.fail(fmt::format("{} columns: the RTL engine '{}' admits {} at most", p.cols, p.config, geometry.max_cols()));
  if (p.rows * p.cols > kMaxOperands)
    in.fail(fmt::format("{} rows x {} columns: {} weights at most", p.rows, p.cols, kMaxOperands));
  if (p.tokens * p.cols > kMaxOperands)
    in.fail(fmt::format("{} tokens x {} columns: {} activations at most", p.tokens, p.cols, kMaxOperands));
  if (p.rows * p.tokens > kMaxSums)
    in.fail(fmt::format("{} rows x {} tokens: {} sums at most", p.rows, p.tokens, kMaxSums));
}

void read_disturbance(Reader& in, rtl::Disturbance& d) {
  in.split(in.text("disturbance"), "a seed and two probabilities", d.seed, d.input_gap, d.output_stall);
  for (const double p : {d.input_gap, d.output_stall})
    if (!(p >= 0.0 && p <= kMaxDisturbance))
      in.fail(fmt::format("probability {}: must lie in 0 ... {}", p, kMaxDisturbance));
}

void read_fault(Reader& in, Product& product) {
  const std::string text = in.text("fault");
  if (text == "none") return;
  product.fault = text;
  std::optional<ProductFault> fault;
  try {
    fault = parse_product_fault(text);
  } catch (const RequestError& e) {
    in.fail(fmt::format("{}, or none", e.what()));
  }
  if (fault->product != 0) in.fail(fmt::format("fault '{}': a file has product 0 only", text));
  const rtl::Disturbance& d = product.disturbance;
  if (fault->kind == FaultKind::Cycles && (d.input_gap > 0 || d.output_stall > 0))
    in.fail(fmt::format("fault '{}': cycles are not compared in a product that is disturbed", text));
}

}  // namespace

std::string describe(const sim::EngineGeometry& g) {
  return fmt::format(
      "rows {}, lanes {}, slots {}, tree_levels_per_stage {}, accumulator_bits {}, weight_depth {}, activation_depth "
      "{}, queue_depth {}, weight_packing {}",
      g.unit.rows, g.unit.lanes, g.unit.slots, g.unit.tree_levels_per_stage, g.unit.accumulator_bits, g.weight_depth,
      g.activation_depth, g.queue_depth, g.weight_packing == sim::StreamPacking::Base3 ? "base3" : "two_bit");
}

Product random_product(const std::string& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens,
                       std::uint64_t seed) {
  Random random(seed);
  Product p{.config = config, .rows = rows, .cols = cols, .tokens = tokens};
  for (std::int64_t i = 0; i < rows * cols; ++i) p.weights.push_back(static_cast<std::int8_t>(random.below(3)) - 1);
  for (std::int64_t i = 0; i < tokens * cols; ++i)
    p.activations.push_back(static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128));
  return p;
}

kernels::PackedTernary packed(const Product& p) {
  kernels::PackedTernary out(p.rows, p.cols);
  for (std::int64_t r = 0; r < p.rows; ++r)
    for (std::int64_t k = 0; k < p.cols; ++k) out.set_weight(r, k, p.weights[static_cast<std::size_t>(r * p.cols + k)]);
  return out;
}

model::Matmul matmul_of(const Product& product, const kernels::PackedTernary& weights) {
  return {weights, product.activations, product.tokens, 0, product.name};
}

Product product_of(const model::Matmul& matmul, const std::string& config, const rtl::Disturbance& disturbance) {
  Product p{.name = std::string(matmul.name),
            .config = config,
            .rows = matmul.weights.rows(),
            .cols = matmul.weights.cols(),
            .tokens = matmul.tokens,
            .disturbance = disturbance};
  for (std::int64_t r = 0; r < p.rows; ++r)
    for (std::int64_t k = 0; k < p.cols; ++k)
      p.weights.push_back(static_cast<std::int8_t>(matmul.weights.weight(r, k)));
  p.activations.assign(matmul.activations.begin(), matmul.activations.end());
  return p;
}

std::vector<std::int32_t> naive_sums(const Product& p) {
  std::vector<std::int32_t> out;
  for (std::int64_t t = 0; t < p.tokens; ++t)
    for (std::int64_t r = 0; r < p.rows; ++r) {
      std::int32_t sum = 0;
      for (std::int64_t k = 0; k < p.cols; ++k)
        sum += p.weights[static_cast<std::size_t>(r * p.cols + k)] *
               p.activations[static_cast<std::size_t>(t * p.cols + k)];
      out.push_back(sum);
    }
  return out;
}

void save(const Product& p, const std::filesystem::path& path) {
  std::ofstream out(path);
  out << kFirstLine << "\nname " << p.name << "\nconfig " << p.config << "\nmachine " << p.machine << "\nshape "
      << p.rows << ' ' << p.cols << ' ' << p.tokens << '\n';
  // The shortest digits that read back to the same double: a replay must draw the same gaps.
  out << fmt::format("disturbance {} {} {}\n", p.disturbance.seed, p.disturbance.input_gap, p.disturbance.output_stall);
  out << "fault " << (p.fault.empty() ? "none" : p.fault) << "\nweights\n";
  for (std::size_t i = 0; i < p.weights.size(); ++i) {
    out << "-0+"[p.weights[i] + 1];
    if ((i + 1) % static_cast<std::size_t>(p.cols) == 0) out << '\n';
  }
  out << "activations\n";
  for (std::size_t i = 0; i < p.activations.size(); ++i)
    out << int{p.activations[i]} << ((i + 1) % static_cast<std::size_t>(p.cols) == 0 ? '\n' : ' ');
  if (!out.flush()) throw InputError(fmt::format("{}: cannot be written", path.string()));
}

Product load_product(const std::filesystem::path& path) {
  Reader in(path);
  if (in.next() != kFirstLine) in.fail(fmt::format("expected '{}': not a saved product", kFirstLine));
  Product p;
  p.name = in.text("name");
  const sim::EngineGeometry geometry = read_config(in, p);
  p.machine = in.text("machine");
  if (const std::string machine = describe(geometry); !p.machine.empty() && p.machine != machine)
    in.fail(
        fmt::format("saved on an RTL configuration '{}' with {}; this build's has {}: build the one that it was "
                    "saved on",
                    p.config, p.machine, machine));
  read_shape(in, geometry, p);
  read_disturbance(in, p.disturbance);
  read_fault(in, p);
  if (in.next() != "weights") in.fail("expected 'weights'");
  read_weights(in, p);
  if (in.next() != "activations") in.fail("expected 'activations'");
  read_activations(in, p);
  in.end();
  return p;
}

std::string replay_command(const std::filesystem::path& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:=@%";
  const std::string text = path.string();
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return "ternsim verify --replay " + text;
  // Within single quotes a shell reads everything as it stands but a single quote, which is put outside of them.
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "ternsim verify --replay " + word + "'";
}

}  // namespace ternsim::cosim
