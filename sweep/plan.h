#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sweep/sweep_file.h"

namespace ternsim::sweep {

/// Part `index` of `count`, counted from 1: "2/8" on the command line.
struct Shard {
  std::uint64_t index = 1;
  std::uint64_t count = 1;

  /// Throws RequestError on anything but I/N with 1 <= I <= N.
  static Shard parse(const std::string& text);
  /// Each design is in one shard of a count, whatever else its sweep holds.
  bool holds(const std::string& canonical) const;
};

/// The designs of a grid or of random draws, in order; the same for equal sweeps.
class Plan {
 public:
  explicit Plan(const Sweep& sweep);
  std::uint64_t size() const;
  Settings at(std::uint64_t i) const;

 private:
  const Sweep& sweep_;
  std::vector<std::uint64_t> drawn_;  // indices into the grid; empty: the whole grid
};

/// `count` different numbers below `below`, each set of them equally likely, in the order drawn (R. Floyd in Bentley,
/// "Programming pearls: a sample of brilliance", CACM 30(9), 1987).
std::vector<std::uint64_t> sample(std::uint64_t below, std::uint64_t count, std::uint64_t seed);

}  // namespace ternsim::sweep
