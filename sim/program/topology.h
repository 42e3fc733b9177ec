#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/graph.h"
#include "sim/program/workload.h"

namespace ternsim::sim {

/// One matrix product of a topology: (rows x cols) weights by `tokens` input vectors.
struct TopologyLayer {
  std::string name;
  std::int64_t rows = 0;    ///< outputs: SCALE-Sim's N, or filters of a convolution
  std::int64_t cols = 0;    ///< inputs: SCALE-Sim's K, or filter height x filter width x channels
  std::int64_t tokens = 0;  ///< SCALE-Sim's M, or output height x output width of a convolution

  bool operator==(const TopologyLayer&) const = default;
};

/// A list of products as SCALE-Sim's topology files have it.
struct Topology {
  std::string name;  ///< the file's, without its extension
  std::vector<TopologyLayer> layers;
};

/// Reads a topology CSV of SCALE-Sim (arXiv 1811.02883, and its v2), in either form; the header row tells which:
///
///     Layer, M, N, K,
///     Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
///
/// A convolution becomes the product that im2col makes of it, with ceil((input - filter + stride) / stride) outputs
/// along each side, as SCALE-Sim v2 counts them; a ninth column may hold a stride of its own for the width. A last
/// column `N:M` (sparsity) is taken where it says dense, N = M. Trailing commas, blank lines and CR LF are accepted;
/// anything else is an InputError with file and line. At most 1 MiB and 10000 layers.
Topology load_topology(const std::filesystem::path& path);
/// The same from text; `origin` stands in messages where the file's name would, `name` is the topology's.
Topology parse_topology(const std::string& text, const std::string& origin, std::string name);

/// The topology as operators: one BitLinear a layer, each reading what the one before has written. No embedding, norms,
/// attention or head; its shape has a name and no sizes.
model::Graph graph_of(const Topology& topology);
/// One run through all layers: `op_tokens` are theirs. What a report calls a token is one such run.
Workload workload_of(const Topology& topology);

}  // namespace ternsim::sim
