#include "sim/program/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>

#include "base/error.h"

namespace ternsim::sim {

namespace {

constexpr std::uintmax_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxLayers = 10'000;
constexpr std::int64_t kMaxWeights = std::int64_t{1} << 40;  // of all layers: seconds of simulation, not hours
constexpr std::size_t kMaxName = 100;
constexpr std::int64_t kMaxDimension = std::int64_t{1} << 24;
/// Of one layer; 10000 of them still fit 64 bits.
constexpr std::int64_t kMaxProducts = std::int64_t{1} << 48;

constexpr std::string_view kGemmHeader = "Layer, M, N, K,";
constexpr std::string_view kConvHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// The cells of a line; one empty cell behind a trailing comma is none.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  if (cells.size() > 1 && cells.back().empty()) cells.pop_back();
  return cells;
}

/// A cell as a message may show it: of a hostile file, nothing that a terminal would obey.
std::string shown(std::string_view cell) {
  std::string text(cell.substr(0, 40));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

/// Header words are compared without case and blanks.
std::string key_of(std::string_view cell) {
  std::string key;
  for (const char c : cell) {
    if (c == ' ' || c == '\t' || c == '_') continue;
    key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return key;
}

class Reader {
 public:
  explicit Reader(const std::string& origin) : origin_(origin) {}

  std::vector<TopologyLayer> read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // what spreadsheets write in front
    std::vector<TopologyLayer> layers;
    std::int64_t weights = 0;
    bool header = true;
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = trimmed(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++line_;
      if (line.find_first_not_of(", \t") == std::string_view::npos) continue;
      if (header) {
        read_header(cells_of(line));
        header = false;
        continue;
      }
      if (layers.size() == kMaxLayers) fail(fmt::format("more than {} layers", kMaxLayers));
      layers.push_back(read_layer(cells_of(line)));
      weights += layers.back().rows * layers.back().cols;
      if (weights > kMaxWeights) fail(fmt::format("more than {} weights in all up to here", kMaxWeights));
    }
    if (layers.empty())
      throw InputError(fmt::format("{}: no layers; a header row '{}' or '{}' and rows of such cells expected", origin_,
                                   kGemmHeader, kConvHeader));
    return layers;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(fmt::format("{}:{}: {}", origin_, line_, message));
  }

  void read_header(const std::vector<std::string_view>& cells) {
    std::vector<std::string> keys;
    for (const std::string_view cell : cells) keys.push_back(key_of(cell));
    const bool named = keys[0] == "layer" || keys[0] == "layername";
    const auto has = [&](std::size_t i, std::string_view key) { return i < keys.size() && keys[i] == key; };
    columns_ = keys.size();
    if (named && columns_ > 1 && (keys.back().starts_with("sparsity") || keys.back() == "n:m")) {
      sparsity_ = true;
      --columns_;
    }
    if (named && has(1, "m") && has(2, "n") && has(3, "k") && columns_ == 4) return;
    convolution_ = true;
    if (named && has(1, "ifmapheight") && has(2, "ifmapwidth") && has(3, "filterheight") && has(4, "filterwidth") &&
        has(5, "channels") && (has(6, "numfilter") || has(6, "numfilters")) && keys.size() > 7 &&
        keys[7].starts_with("stride") && (columns_ == 8 || (columns_ == 9 && keys[8].starts_with("stride"))))
      return;
    fail(fmt::format("the header row is neither '{}' nor '{}'", kGemmHeader, kConvHeader));
  }

  std::int64_t number(std::string_view cell, const char* what) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size() || value < 1 || value > kMaxDimension)
      fail(fmt::format("{} is '{}'; a whole number of 1 ... {} expected", what, shown(cell), kMaxDimension));
    return value;
  }

  void check_sparsity(std::string_view cell) const {
    const std::size_t colon = cell.find(':');
    if (colon == std::string_view::npos) fail(fmt::format("sparsity is '{}'; N:M expected", shown(cell)));
    const std::int64_t kept = number(cell.substr(0, colon), "N of the sparsity N:M");
    if (kept != number(cell.substr(colon + 1), "M of the sparsity N:M"))
      fail(fmt::format("sparsity {} is structured; no datapath here uses such a structure: write 1:1", shown(cell)));
  }

  std::string name_from(std::string_view cell) const {
    if (cell.empty() || cell.size() > kMaxName)
      fail(fmt::format("the layer's name has {} characters; 1 ... {} expected", cell.size(), kMaxName));
    // It goes into reports and traces as it is.
    if (!std::ranges::all_of(cell, [](char c) { return c >= ' ' && c <= '~'; }))
      fail("the layer's name holds characters other than plain ASCII");
    return std::string(cell);
  }

  TopologyLayer read_layer(std::vector<std::string_view> cells) const {
    // The column may be missing from a row whose layer is dense.
    if (sparsity_ && cells.size() == columns_ + 1) {
      check_sparsity(cells.back());
      cells.pop_back();
    }
    // Files of the one-stride form may have a row with two.
    const bool two_strides = convolution_ && columns_ == 8 && cells.size() == 9;
    if (cells.size() != columns_ && !two_strides)
      fail(fmt::format("{} cells, the header row has {}", cells.size(), columns_ + (sparsity_ ? 1 : 0)));
    TopologyLayer layer{name_from(cells[0]), 0, 0, 0};
    if (convolution_) {
      read_convolution(cells, layer);
    } else {
      layer.tokens = number(cells[1], "M");
      layer.rows = number(cells[2], "N");
      layer.cols = number(cells[3], "K");
    }
    if (layer.cols > kMaxDimension) fail(fmt::format("a filter of {} weights; up to {}", layer.cols, kMaxDimension));
    if (layer.rows > kMaxProducts / layer.cols || layer.tokens > kMaxProducts / (layer.rows * layer.cols))
      fail(fmt::format("{} x {} weights by {} inputs make more than {} products", layer.rows, layer.cols, layer.tokens,
                       kMaxProducts));
    return layer;
  }

  void read_convolution(const std::vector<std::string_view>& cells, TopologyLayer& layer) const {
    const std::int64_t height = number(cells[1], "IFMAP Height");
    const std::int64_t width = number(cells[2], "IFMAP Width");
    const std::int64_t filter_height = number(cells[3], "Filter Height");
    const std::int64_t filter_width = number(cells[4], "Filter Width");
    const std::int64_t channels = number(cells[5], "Channels");
    const std::int64_t stride = number(cells[7], "Strides");
    const std::int64_t stride_width = cells.size() > 8 ? number(cells[8], "the second stride") : stride;
    if (filter_height > height || filter_width > width)
      fail(fmt::format("a filter of {} x {} is larger than its input of {} x {}", filter_height, filter_width, height,
                       width));
    const auto outputs = [](std::int64_t input, std::int64_t filter, std::int64_t step) {
      return (input - filter + step + step - 1) / step;
    };
    layer.rows = number(cells[6], "Num Filter");
    // At most 2^48 up to here.
    const std::int64_t window = filter_height * filter_width;
    if (window > kMaxDimension / channels)
      fail(fmt::format("a filter of {} x {} x {} weights; up to {} in all", filter_height, filter_width, channels,
                       kMaxDimension));
    layer.cols = window * channels;
    layer.tokens = outputs(height, filter_height, stride) * outputs(width, filter_width, stride_width);
  }

  const std::string& origin_;
  std::int64_t line_ = 0;
  bool convolution_ = false;
  bool sparsity_ = false;    ///< the header has a last column for it
  std::size_t columns_ = 0;  ///< of the header, without that one
};

}  // namespace

Topology parse_topology(const std::string& text, const std::string& origin, std::string name) {
  return {std::move(name), Reader(origin).read(text)};
}

Topology load_topology(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw InputError(fmt::format("{}: no such file", path.string()));
  if (std::filesystem::file_size(path, error) > kMaxFileBytes || error)
    throw InputError(fmt::format("{}: larger than 1 MiB, which no topology is", path.string()));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: cannot be read", path.string()));
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_topology(text, path.string(), path.stem().string());
}

model::Graph graph_of(const Topology& topology) {
  model::Graph graph;
  graph.shape.architecture = "products";
  graph.shape.name = topology.name;
  graph.shape.block_count = static_cast<std::int64_t>(topology.layers.size());
  int index = 0;
  for (const TopologyLayer& layer : topology.layers)
    graph.ops.push_back({model::OpKind::BitLinear, index++, layer.name, model::Slot::Hidden, model::Slot::Hidden,
                         layer.rows, layer.cols});
  return graph;
}

Workload workload_of(const Topology& topology) {
  Workload workload;
  workload.name = topology.name;
  workload.prefill_tokens = 1;
  for (const TopologyLayer& layer : topology.layers) workload.op_tokens.push_back(layer.tokens);
  return workload;
}

}  // namespace ternsim::sim
