#include "sim/program/dram_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"

namespace ternsim::sim {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, kDramFields> kFieldNames{"row", "bank", "group", "column", "channel"};

std::string_view field_name(DramField field) { return kFieldNames.at(static_cast<std::size_t>(field)); }

fs::path find_memory(const YamlMap& map, const std::string& name, const fs::path& accelerator_file,
                     const fs::path& shipped_memories) {
  const fs::path beside = accelerator_file.parent_path();
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) return beside / name;
  std::error_code ec;
  std::vector<std::string> names{"none"};
  for (const fs::path& directory : {beside / ".." / "memories", shipped_memories}) {
    const fs::path file = directory / (name + ".yaml");
    if (fs::is_regular_file(file, ec)) return file;
    for (const auto& entry : fs::directory_iterator(directory, ec))
      if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  const std::string near = nearest_name(name, names);
  map.fail("memory",
           fmt::format("no memory '{}'{}; there are: {}", name,
                       near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), fmt::join(names, ", ")));
}

std::array<DramField, kDramFields> read_mapping(YamlMap& map) {
  const std::string text = map.text("address_mapping");
  std::vector<DramField> fields;
  for (std::size_t at = 0; at <= text.size() && fields.size() <= kDramFields;) {
    const std::size_t end = std::min(text.find('-', at), text.size());
    const auto known = std::ranges::find(kFieldNames, std::string_view(text).substr(at, end - at));
    if (known == kFieldNames.end()) break;
    fields.push_back(static_cast<DramField>(known - kFieldNames.begin()));
    at = end + 1;
  }
  const auto place = [&](DramField field) { return std::ranges::find(fields, field) - fields.begin(); };
  std::vector<DramField> sorted = fields;
  std::ranges::sort(sorted);
  const bool complete = sorted.size() == kDramFields && std::ranges::adjacent_find(sorted) == sorted.end();
  if (!complete || place(DramField::Row) > place(DramField::Column) || place(DramField::Channel) % 4 != 0)
    map.fail("address_mapping",
             fmt::format("'{}' is no order of row, bank, group, column and channel, most significant first, with the "
                         "channel first or last and the row before the column; for instance "
                         "row-bank-column-group-channel",
                         text));
  std::array<DramField, kDramFields> mapping{};
  std::ranges::copy(fields, mapping.begin());
  return mapping;
}

void read_organisation(YamlMap& file, DramConfig& d) {
  d.transfers_per_second = file.number("transfers_per_second", 1e6, 1e12);
  d.transfers_per_clock = static_cast<int>(file.integer("transfers_per_clock", 1, 64));
  d.channel_bits = static_cast<int>(file.integer("channel_bits", 8, 4096));
  if (d.channel_bits % 8 != 0) file.fail("channel_bits", "must be whole bytes");
  d.burst_length = static_cast<int>(file.integer("burst_length", 1, 64));
  if (d.burst_length % d.transfers_per_clock != 0)
    file.fail("burst_length", "must be a multiple of transfers_per_clock, so that a burst takes whole clocks");
  d.burst_bytes = d.channel_bits / 8 * d.burst_length;
  d.bank_groups = static_cast<int>(file.integer("bank_groups", 1, 64));
  d.banks_per_group = static_cast<int>(file.integer("banks_per_group", 1, 64));
  d.row_bytes = file.integer("row_bytes", 64, 1 << 20);
  if (d.row_bytes % d.burst_bytes != 0)
    file.fail("row_bytes", fmt::format("must be a multiple of the burst's {} bytes", d.burst_bytes));
  d.rows = file.integer("rows", 1, 1 << 24);
}

void read_times(YamlMap& file, DramConfig& d) {
  constexpr double kMost = 1e-6;
  d.t_rcd_s = file.number("t_rcd_s", 0, kMost);
  d.t_rp_s = file.number("t_rp_s", 0, kMost);
  d.t_ras_s = file.number("t_ras_s", 0, kMost);
  d.t_cl_s = file.number("t_cl_s", 0, kMost);
  d.t_cwl_s = file.number("t_cwl_s", 0, kMost);
  d.t_ccd_short_s = file.number("t_ccd_short_s", 0, kMost);
  d.t_ccd_long_s = file.number("t_ccd_long_s", 0, kMost);
  if (d.t_ccd_long_s < d.t_ccd_short_s) file.fail("t_ccd_long_s", "must not be shorter than t_ccd_short_s");
  d.t_rrd_s = file.number("t_rrd_s", 0, kMost);
  d.t_faw_s = file.number("t_faw_s", 0, kMost);
  d.t_rtp_s = file.number("t_rtp_s", 0, kMost);
  d.t_wr_s = file.number("t_wr_s", 0, kMost);
  d.t_wtr_s = file.number("t_wtr_s", 0, kMost);
  d.t_rtw_s = file.number("t_rtw_s", 0, kMost);
  d.t_rfc_s = file.number("t_rfc_s", 0, 1e-5);
  d.t_refi_s = file.number("t_refi_s", 1e-7, 1e-3);
  if (d.t_rfc_s >= d.t_refi_s) file.fail("t_rfc_s", "refresh takes longer than the refresh interval t_refi_s");
  // Between two refreshes a row must be opened, used and closed again, or nothing would ever be moved.
  const double once = d.t_rfc_s + d.t_rp_s + d.t_rcd_s + d.t_ras_s + d.t_cl_s + d.t_cwl_s + d.t_wr_s + d.t_wtr_s +
                      d.t_rtw_s + d.t_faw_s + 4 * d.burst_length / d.transfers_per_second;
  if (once >= d.t_refi_s)
    file.fail("t_refi_s",
              fmt::format("leaves no time between refreshes: one access with its refresh takes {:.3g} s", once));
}

}  // namespace

std::string_view name_of(DramModelKind model) {
  return model == DramModelKind::RowSegment ? "row_segment" : "per_burst";
}

std::string DramConfig::mapping_name() const {
  std::string text;
  for (const DramField field : mapping) text += fmt::format("{}{}", text.empty() ? "" : "-", field_name(field));
  return text;
}

DramConfig read_dram(YamlMap map, const fs::path& accelerator_file, const fs::path& shipped_memories) {
  DramConfig d;
  d.memory = map.text("memory");
  if (d.memory == "none") {
    d.type = "none";
    map.finish();
    return d;
  }
  YamlMap file = map.load_for("memory", find_memory(map, d.memory, accelerator_file, shipped_memories));
  d.memory = file.text("name");
  d.type = file.text("type");
  read_organisation(file, d);
  read_times(file, d);
  file.finish();
  d.yaml = file.source();

  d.channels = static_cast<int>(map.integer("channels", 1, 1024));
  // Addresses are 64 bits and products of these sizes must not come near that.
  if (static_cast<double>(d.channel_capacity_bytes()) * d.channels > 0x1p50)
    map.fail("channels", fmt::format("{} of {} hold more than 2^50 bytes", d.channels, d.memory));
  d.mapping = read_mapping(map);
  d.channel_interleave_bytes = map.integer("channel_interleave_bytes", 1, 1 << 20);
  if (d.channel_interleave_bytes % d.burst_bytes != 0)
    map.fail("channel_interleave_bytes",
             fmt::format("must be a multiple of the {} bytes of a burst of {}", d.burst_bytes, d.memory));
  d.lookahead_bursts = static_cast<int>(map.integer("lookahead_bursts", 1, 4096));
  d.model = static_cast<DramModelKind>(map.choice("model", {"row_segment", "per_burst"}));
  map.finish();
  return d;
}

}  // namespace ternsim::sim
