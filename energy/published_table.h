#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "energy/analytic.h"
#include "model/shape.h"

namespace ternsim::energy {

/// What the figures of a table are.
enum class PublishedQuantity {
  JoulesPerPass,  ///< operation-level joules of one pass over all tokens
  EnergyRatio,    ///< joules of an FP16 pass over those of a BitNet pass
  OperationRatio  ///< (FP16 add + FP16 multiplication) / INT8 add
};

/// One figure of a published table.
struct PublishedEntry {
  enum class Arithmetic { Fp32, Fp16, BitNet };
  enum class Column { Total, Multiplications, Additions };
  /// How a figure that does not come out was printed, as far as anyone can tell.
  enum class PrintedAs {
    Plainly,
    TotalLessRoundedMultiplications  ///< of BitNet v1's Table 1: the rounded total less the rounded multiplications
  };
  std::string name;
  double value = 0;  ///< as printed; joules or a ratio
  int node_nm = 0;
  Arithmetic arithmetic = Arithmetic::Fp16;  ///< of JoulesPerPass
  Column column = Column::Total;             ///< of JoulesPerPass
  bool gpt = false;                          ///< GPT block of `hidden` x 4 `hidden`, else gated block
  model::ModelShape shape;                   ///< dimensions only; of a GPT block hidden size and layers
  PrintedAs printed_as = PrintedAs::Plainly;
};

/// A published table of operation-level figures, one of `configs/published/*.yaml`.
struct PublishedTable {
  std::string name;      ///< the file's, without extension; of its node
  std::string title;     ///< for people
  std::string source;    ///< paper, table, column
  std::string contains;  ///< what the figures count, and what they leave out
  std::string per;       ///< of what they are: a pass of 512 tokens, not a token
  PublishedQuantity quantity = PublishedQuantity::JoulesPerPass;
  std::int64_t tokens = 0;  ///< of one pass; 0 for OperationRatio
  AddsPerDot adds_per_dot = AddsPerDot::In;
  bool printed_digits = true;  ///< entries must print alike in `decimals`; else be within `tolerance`
  int decimals = 0;            ///< digits printed after the point
  double tolerance = 0;        ///< of |ours / published - 1|
  std::size_t promised = 0;    ///< entries that must agree; 0: the table is there to be looked at
  std::vector<PublishedEntry> entries;
};

/// Throws InputError on anything missing, unknown or out of range, on an entry that stands twice, on a figure with more
/// digits than were printed, and on more promised entries than there are.
PublishedTable load_published_table(const std::filesystem::path& path);

}  // namespace ternsim::energy
