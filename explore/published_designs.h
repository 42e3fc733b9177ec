#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/statistic.h"
#include "energy/technology.h"

namespace ternsim::explore {

enum class DesignFigure { TokensPerSecond, Watts };
std::string_view name_of(DesignFigure figure);

/// One number that a source reports.
struct PublishedFigure {
  DesignFigure figure = DesignFigure::TokensPerSecond;
  double value = 0;
  double tolerance = 0;  ///< of |simulated / published - 1|
};

/// A published accelerator, as `configs/published/designs.yaml` has it.
struct PublishedDesign {
  std::string name;
  std::string source;
  std::string parameters;          ///< what of it is published
  std::filesystem::path machine;   ///< accelerator file made from these
  std::filesystem::path model;     ///< shape file; empty where there is a topology
  std::filesystem::path topology;  ///< list of products in place of a model
  std::int64_t context = 0;        ///< positions held when the token is decoded
  std::vector<PublishedFigure> figures;
  std::string missing;         ///< parameters that the source lacks; empty: none that matter
  std::string without_effect;  ///< others that it lacks, on which the result does not depend
  bool fitted = false;         ///< one of them was chosen with the result in view
  std::string assumed;         ///< what else is ours
};

/// Reads the designs; files they name stand beside `path`, models in `models`. Throws InputError.
std::vector<PublishedDesign> load_published_designs(const std::filesystem::path& path,
                                                    const std::filesystem::path& models);

enum class Verdict {
  Within,            ///< from published parameters alone, within the tolerance
  Outside,           ///< from published parameters alone, and off
  ParameterMissing,  ///< no reproduction: the source lacks a parameter
  Fitted             ///< a missing parameter was chosen with the result in view: a miss
};
std::string_view name_of(Verdict verdict);

/// A figure beside ours.
struct DesignRow {
  const PublishedDesign* design = nullptr;
  PublishedFigure published;
  double simulated = 0;
  Tier tier = Tier::Simulated;

  double difference() const { return simulated / published.value - 1; }
  Verdict verdict() const;
};

/// Simulates each design for one decoded token, in child processes; watts at the mid corner of `technology`. A row for
/// each figure, in order; `step` is called after each design. Throws InputError and RequestError of the files and
/// machines.
std::vector<DesignRow> run_published_designs(const std::vector<PublishedDesign>& designs,
                                             const energy::Technology& technology,
                                             const std::filesystem::path& rtl_configs,
                                             const std::function<void()>& step = {});

/// The parameters that the source lacks, for people: those without effect say so; "nothing" where there are none.
std::string missing_text(const PublishedDesign& design);

/// Whether every row without a missing parameter is within its tolerance.
bool reproduced(const std::vector<DesignRow>& rows);

/// Node "designs": a table of the rows, and node by node what each is made from.
StatisticNode published_designs_node(const std::vector<DesignRow>& rows);

}  // namespace ternsim::explore
