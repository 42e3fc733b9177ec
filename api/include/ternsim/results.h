#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ternsim {

/// One figure of the results, in SI units.
struct Figure {
  std::string path;         ///< "machine/decode/tokens_per_second"
  std::string description;  ///< its exact condition or formula
  std::string unit;         ///< "J/token"; empty: a count or a text
  std::string tier;         ///< how well it is supported: "exact", "simulated", "published", "assumed", ...
  std::variant<double, std::string> value;  ///< counts are whole up to 2^53
};

/// A figure that rests on constants with ranges: at their low ends, their middle values, their high ends.
struct Range {
  double low = 0;
  double mid = 0;
  double high = 0;
  std::string tier;  ///< of the weakest constant that went in
};

struct ResultsBody;

/// What one simulation found: a tree of figures, that of `ternsim simulate --json` but for its node `run` (date, wall
/// times). Equal inputs give equal results, to the last bit. A copy is cheap, and can be read from any thread.
///
/// Paths are those of the tree without its root: "machine/area_m2", "machine/decode/units/matrix/stall_weights". A
/// path that is not there is a RequestError that names the nearest; has() asks first.
class Results {
 public:
  bool has(const std::string& path) const;
  /// A number. Throws RequestError where there is a text as well.
  double value(const std::string& path) const;
  /// A text. Throws RequestError where there is a number as well.
  std::string text(const std::string& path) const;
  Figure figure(const std::string& path) const;
  /// All of them, in the order of the tree.
  std::vector<Figure> figures() const;

  /// The phase that the three below speak of: "decode" where the workload has any, else "prefill".
  std::string phase() const;
  Range joules_per_token() const;
  /// Over all sequences of the batch.
  double tokens_per_second() const;
  std::int64_t cycles() const;
  double area_square_metres() const;

  /// One line each for people about what the figures take for granted, such as a DRAM with room for the workload; what
  /// the command prints as `note:`.
  std::vector<std::string> notes() const;
  /// Wall time of the simulation, without the start of its process; differs between equal runs.
  double wall_seconds() const;
  /// A document that `ternsim diff` reads.
  std::string json() const;

 private:
  friend struct Bodies;
  explicit Results(std::shared_ptr<const ResultsBody> body) : body_(std::move(body)) {}
  std::shared_ptr<const ResultsBody> body_;
};

}  // namespace ternsim
