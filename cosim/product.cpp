#include "cosim/product.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/random.h"

namespace ternsim::cosim {

namespace {

constexpr const char* kFirstLine = "ternsim-product 2";
constexpr std::int64_t kMaxExtent = 1 << 20;

/// The lines of a product's file; what is wrong is an InputError that names file and line.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), in_(path) {
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
  /// The next line, split into the values asked for and nothing else.
  template <typename... T>
  void values(const char* what, T&... into) {
    split(next(), what, into...);
  }
  template <typename... T>
  void split(const std::string& text, const char* what, T&... into) const {
    std::istringstream words(text);
    std::string rest;
    if (!(words >> ... >> into) || words >> rest) fail(fmt::format("expected {}", what));
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
    std::istringstream row(in.next());
    for (std::int64_t k = 0; k < product.cols; ++k) {
      int value = 0;
      if (!(row >> value) || value < -128 || value > 127)
        in.fail(fmt::format("expected {} activations from -128 to 127; number {} is not", product.cols, k + 1));
      product.activations.push_back(static_cast<std::int8_t>(value));
    }
    if (std::string rest; row >> rest) in.fail(fmt::format("expected {} activations, found more", product.cols));
  }
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
  const auto text = [&](const std::string& key) {
    const std::string& line = in.next();
    if (!line.starts_with(key + " ")) in.fail(fmt::format("expected '{} ...'", key));
    return line.substr(key.size() + 1);
  };
  p.name = text("name");
  p.config = text("config");
  p.machine = text("machine");
  in.split(text("shape"), "rows, columns and tokens", p.rows, p.cols, p.tokens);
  for (const std::int64_t extent : {p.rows, p.cols, p.tokens})
    if (extent < 1 || extent > kMaxExtent) in.fail("rows, columns and tokens must lie in 1 ... 1048576");
  in.split(text("disturbance"), "a seed and two probabilities", p.disturbance.seed, p.disturbance.input_gap,
           p.disturbance.output_stall);
  p.fault = text("fault");
  if (p.fault == "none") p.fault.clear();
  if (in.next() != "weights") in.fail("expected 'weights'");
  read_weights(in, p);
  if (in.next() != "activations") in.fail("expected 'activations'");
  read_activations(in, p);
  return p;
}

}  // namespace ternsim::cosim
