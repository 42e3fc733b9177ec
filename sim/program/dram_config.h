#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/yaml.h"

namespace ternsim::sim {

/// What the bits of an address choose.
enum class DramField : std::uint8_t { Row, Bank, Group, Column, Channel };
constexpr std::size_t kDramFields = 5;

/// How a transfer's time is found: in closed form per row segment, or clock by clock for every burst (the check of the
/// closed form, several hundred times slower).
enum class DramModelKind : std::uint8_t { RowSegment, PerBurst };
std::string_view name_of(DramModelKind model);

/// A DRAM: one memory of `configs/memories/` (all that belongs to a device), and how the accelerator uses it.
struct DramConfig {
  // The memory. Times in seconds; what each means for timing stands in configs/memories/*.yaml.
  std::string memory;               ///< name of the memory; "none": a machine without DRAM, all else is then zero
  std::string type;                 ///< names the energy constants: lpddr5x, hbm2e, ...
  double transfers_per_second = 0;  ///< per data pin
  int transfers_per_clock = 0;      ///< data transfers in one clock of the command bus
  int channel_bits = 0;             ///< data pins of one channel
  int burst_length = 0;             ///< transfers of one read or write command
  int bank_groups = 0;              ///< per channel; 1 where the memory has none
  int banks_per_group = 0;
  std::int64_t row_bytes = 0;  ///< bytes of one open row of one channel
  std::int64_t rows = 0;       ///< rows of a bank
  double t_rcd_s = 0, t_rp_s = 0, t_ras_s = 0, t_cl_s = 0, t_cwl_s = 0;
  double t_ccd_short_s = 0, t_ccd_long_s = 0, t_rrd_s = 0, t_faw_s = 0;
  double t_rtp_s = 0, t_wr_s = 0, t_wtr_s = 0, t_rtw_s = 0;
  double t_rfc_s = 0, t_refi_s = 0;

  // Its use.
  int channels = 0;
  /// Most significant field of an address first; the channel is first or last, the row above the column.
  std::array<DramField, kDramFields> mapping{DramField::Row, DramField::Bank, DramField::Column, DramField::Group,
                                             DramField::Channel};
  std::int64_t channel_interleave_bytes = 0;  ///< consecutive bytes in one channel, where the channel is last
  int lookahead_bursts = 0;                   ///< bursts of a channel's stream that its controller sees at a time
  DramModelKind model = DramModelKind::RowSegment;

  int burst_bytes = 0;  ///< smallest transfer: channel_bits / 8 x burst_length
  std::string yaml;     ///< the memory file's text, for provenance

  bool present() const { return channels > 0; }
  double channel_bytes_per_second() const { return transfers_per_second * channel_bits / 8; }
  double bytes_per_second() const { return channels * channel_bytes_per_second(); }
  int banks() const { return bank_groups * banks_per_group; }
  std::int64_t channel_capacity_bytes() const { return row_bytes * rows * banks(); }
  std::int64_t capacity_bytes() const { return channels * channel_capacity_bytes(); }
  /// "row-bank-column-group-channel"
  std::string mapping_name() const;
};

/// The `dram` section of an accelerator file. A memory given by name is looked for in `memories/` beside the directory
/// of the accelerator file, then in `shipped_memories`; one with a slash is a path, relative to the accelerator file.
/// Throws InputError.
DramConfig read_dram(YamlMap map, const std::filesystem::path& accelerator_file,
                     const std::filesystem::path& shipped_memories);

}  // namespace ternsim::sim
