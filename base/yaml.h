#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim {

/// A value in place of one that a file has, or beside those that it has.
struct YamlOverride {
  std::string path;    ///< dotted, from the root: "matrix_unit.rows"
  std::string value;   ///< a plain value; empty: the key is left out
  std::string origin;  ///< what messages about it begin with in place of file and line: where it was given
};

/// " with matrix_unit.rows 32, clock_hz 1e9", to stand behind a name; empty without overrides.
std::string overrides_text(std::span<const YamlOverride> overrides);

/// A strictly read YAML map. Every key must be asked for before `finish()`; an unknown key, a wrong type or a value out
/// of range is an InputError that names file, line, key, the accepted values and the nearest known key.
///
///     YamlMap root = YamlMap::load("configs/accelerators/edge-lpddr5x.yaml");
///     clock_hz = root.number("clock_hz", 1e6, 1e11);
///     YamlMap dram = root.map("dram");
///     ...
///     dram.finish();
///     root.finish();
class YamlMap {
 public:
  /// Reads a file of at most 1 MiB whose root is a map. An override of a section that is not there is an InputError; of
  /// a key that no reader asks for, too, at finish().
  static YamlMap load(const std::filesystem::path& path, std::span<const YamlOverride> overrides = {});
  /// Parses text; `origin` stands in messages where a file name would.
  static YamlMap parse(const std::string& text, const std::string& origin,
                       std::span<const YamlOverride> overrides = {});

  bool has(std::string_view key) const;
  /// Whether the key stands there with null (or nothing) behind it.
  bool is_null(std::string_view key) const;
  /// Whether a list, or a map, stands behind the key.
  bool is_list(std::string_view key) const;
  bool is_map(std::string_view key) const;
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
  double number(std::string_view key, double min, double max);
  bool boolean(std::string_view key);
  std::string text(std::string_view key);
  /// One of the accepted words; returns its index in `accepted`.
  std::size_t choice(std::string_view key, std::initializer_list<std::string_view> accepted);
  YamlMap map(std::string_view key);
  /// A list of maps.
  std::vector<YamlMap> maps(std::string_view key);
  /// A list of plain words.
  std::vector<std::string> texts(std::string_view key);
  /// All keys of this map in file order, for maps whose keys are names. Counts none of them as read.
  std::vector<std::string> keys() const;

  /// The file that the value of `key` leads to; where it cannot be read the error begins at the key.
  YamlMap load_for(std::string_view key, const std::filesystem::path& path) const;

  /// Throws on the first key that nobody asked for.
  void finish() const;
  /// An InputError at the line of `key` (or of the map, if absent): "file:line: key: message".
  [[noreturn]] void fail(std::string_view key, const std::string& message) const;
  std::string origin() const;
  /// "file:line" of a key that is there.
  std::string where(std::string_view key) const;
  /// The text that the root map was parsed from, its overrides as comments behind it; empty on a map inside of it.
  const std::string& source() const;

 private:
  struct Impl;
  explicit YamlMap(std::shared_ptr<Impl> impl);
  [[noreturn]] void fail_missing(std::string_view key, std::string_view what) const;
  std::shared_ptr<Impl> impl_;
};

/// The candidate nearest to `word` by edit distance, or "" if none is near enough to be a typing error.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ternsim
