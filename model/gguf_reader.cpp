#include "model/gguf_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"
#include "model/gguf_parser.h"

namespace ternsim::model {

namespace {

bool is_integer(GgufValueType type) {
  switch (type) {
    case GgufValueType::U8:
    case GgufValueType::I8:
    case GgufValueType::U16:
    case GgufValueType::I16:
    case GgufValueType::U32:
    case GgufValueType::I32:
    case GgufValueType::U64:
    case GgufValueType::I64:
      return true;
    default:
      return false;
  }
}

// An unsigned value beyond int64 comes back as the largest int64: no caller accepts that either.
std::int64_t load_integer(std::span<const std::uint8_t> bytes, std::uint64_t offset, GgufValueType type) {
  switch (type) {
    case GgufValueType::U8:
      return load_number<std::uint8_t>(bytes, offset);
    case GgufValueType::I8:
      return load_number<std::int8_t>(bytes, offset);
    case GgufValueType::U16:
      return load_number<std::uint16_t>(bytes, offset);
    case GgufValueType::I16:
      return load_number<std::int16_t>(bytes, offset);
    case GgufValueType::U32:
      return load_number<std::uint32_t>(bytes, offset);
    case GgufValueType::I32:
      return load_number<std::int32_t>(bytes, offset);
    case GgufValueType::I64:
      return load_number<std::int64_t>(bytes, offset);
    default:
      return static_cast<std::int64_t>(
          std::min<std::uint64_t>(load_number<std::uint64_t>(bytes, offset), std::numeric_limits<std::int64_t>::max()));
  }
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out;
  for (const char c : text.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      out += fmt::format("\\x{:02x}", byte);
  }
  if (text.size() > kShown) out += fmt::format("... ({} bytes)", text.size());
  return out;
}

GgufFile::GgufFile(std::shared_ptr<const void> owner, std::span<const std::uint8_t> bytes, std::string name,
                   std::shared_ptr<const FileBytes> file)
    : owner_(std::move(owner)), bytes_(bytes), file_(std::move(file)), name_(std::move(name)) {
  GgufParser(*this).parse();
}

GgufFile GgufFile::open(const std::filesystem::path& path) {
  std::shared_ptr<const FileBytes> file = FileBytes::open(path, "a model in GGUF format");
  const std::span<const std::uint8_t> bytes = file->mapped();
  std::string name = file->name();
  return GgufFile(file, bytes, std::move(name), file);
}

GgufFile GgufFile::from_bytes(std::vector<std::uint8_t> bytes, std::string name) {
  auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  const std::span<const std::uint8_t> view(*owner);
  return GgufFile(std::move(owner), view, std::move(name), nullptr);
}

TensorSource GgufFile::source(const GgufTensor& tensor) const {
  std::string where = fmt::format("{}: tensor '{}'", name_, printable(tensor.name));
  if (file_ != nullptr) return source_of(file_, tensor.data_offset, tensor.bytes, std::move(where));
  TensorSource out = source_of(data(tensor), std::move(where));
  out.read = [owner = owner_, read = out.read](std::uint64_t offset, std::span<std::uint8_t> to) { read(offset, to); };
  return out;
}

void GgufFile::fail(const std::string& message) const { throw InputError(name_ + ": " + message); }

const GgufEntry* GgufFile::find_entry(std::string_view key) const {
  const auto it = std::lower_bound(entries_by_key_.begin(), entries_by_key_.end(), key,
                                   [&](std::uint32_t i, std::string_view k) { return metadata_[i].key < k; });
  return it != entries_by_key_.end() && metadata_[*it].key == key ? &metadata_[*it] : nullptr;
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto it = std::lower_bound(tensors_by_name_.begin(), tensors_by_name_.end(), name,
                                   [&](std::uint32_t i, std::string_view n) { return tensors_[i].name < n; });
  return it != tensors_by_name_.end() && tensors_[*it].name == name ? &tensors_[*it] : nullptr;
}

const GgufEntry& GgufFile::entry(std::string_view key, std::string_view expected) const {
  const GgufEntry* found = find_entry(key);
  if (found == nullptr) fail(fmt::format("metadata key '{}' is missing; {} expected", key, expected));
  return *found;
}

void GgufFile::wrong_type(const GgufEntry& entry, std::string_view expected) const {
  const std::string found = entry.type == GgufValueType::Array ? fmt::format("array of {}", name_of(entry.element))
                                                               : std::string(name_of(entry.type));
  fail(fmt::format("at byte {}: metadata key '{}' is of type {}; {} expected", entry.key_offset, printable(entry.key),
                   found, expected));
}

std::int64_t GgufFile::integer(std::string_view key, std::int64_t min, std::int64_t max) const {
  const GgufEntry& found = entry(key, "an integer");
  if (!is_integer(found.type)) wrong_type(found, "an integer");
  const std::int64_t value = load_integer(bytes_, found.value_offset, found.type);
  if (value < min || value > max)
    fail(fmt::format("at byte {}: metadata key '{}' is {}, outside of {} ... {}", found.value_offset, key, value, min,
                     max));
  return value;
}

double GgufFile::number(std::string_view key, double min, double max) const {
  const GgufEntry& found = entry(key, "a float32 or float64");
  double value = 0;
  if (found.type == GgufValueType::F32)
    value = load_number<float>(bytes_, found.value_offset);
  else if (found.type == GgufValueType::F64)
    value = load_number<double>(bytes_, found.value_offset);
  else
    wrong_type(found, "a float32 or float64");
  if (!std::isfinite(value) || value < min || value > max)
    fail(fmt::format("at byte {}: metadata key '{}' is {}, outside of {} ... {}", found.value_offset, key, value, min,
                     max));
  return value;
}

bool GgufFile::boolean(std::string_view key) const {
  const GgufEntry& found = entry(key, "a boolean");
  if (found.type != GgufValueType::Bool) wrong_type(found, "a boolean");
  return bytes_[found.value_offset] == 1;
}

std::string_view GgufFile::text(std::string_view key) const {
  const GgufEntry& found = entry(key, "a text");
  if (found.type != GgufValueType::Text) wrong_type(found, "a text");
  return found.texts.front();
}

std::span<const std::string_view> GgufFile::texts(std::string_view key) const {
  const GgufEntry& found = entry(key, "an array of texts");
  if (found.type != GgufValueType::Array || found.element != GgufValueType::Text)
    wrong_type(found, "an array of texts");
  return found.texts;
}

std::vector<std::int64_t> GgufFile::integers(std::string_view key, std::int64_t min, std::int64_t max) const {
  const GgufEntry& found = entry(key, "an array of integers");
  if (found.type != GgufValueType::Array || !is_integer(found.element)) wrong_type(found, "an array of integers");
  std::vector<std::int64_t> values(found.count);
  for (std::uint64_t i = 0; i < found.count; ++i) {
    values[i] = load_integer(bytes_, found.value_offset + i * value_bytes(found.element), found.element);
    if (values[i] < min || values[i] > max)
      fail(fmt::format("metadata key '{}': element {} is {}, outside of {} ... {}", key, i, values[i], min, max));
  }
  return values;
}

std::vector<float> GgufFile::numbers(std::string_view key) const {
  const GgufEntry& found = entry(key, "an array of float32");
  if (found.type != GgufValueType::Array || found.element != GgufValueType::F32)
    wrong_type(found, "an array of float32");
  std::vector<float> values(found.count);
  for (std::uint64_t i = 0; i < found.count; ++i) {
    values[i] = load_number<float>(bytes_, found.value_offset + i * sizeof(float));
    if (!std::isfinite(values[i])) fail(fmt::format("metadata key '{}': element {} is no finite number", key, i));
  }
  return values;
}

}  // namespace ternsim::model
