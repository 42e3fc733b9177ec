#include "model/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/json_guard.h"

namespace ternsim::model {

namespace {

using nlohmann::json;

std::uint64_t bytes_of(std::string_view dtype) {
  static const std::map<std::string_view, std::uint64_t> kBytes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"U16", 2}, {"I16", 2}, {"F16", 2},
      {"BF16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4},     {"U64", 8},     {"I64", 8}, {"F64", 8}};
  const auto found = kBytes.find(dtype);
  return found == kBytes.end() ? 0 : found->second;
}

[[noreturn]] void fail(const std::string& name, const std::string& message) {
  throw InputError(fmt::format("{}: {}", name, message));
}

// The parser keeps the last of two equal keys; a reader that keeps the first would see another file.
void refuse_twins(std::string_view text, const std::string& name) {
  std::vector<std::set<std::string>> open;
  const auto look = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
      fail(name, fmt::format("the header has the key '{}' twice; the file is damaged",
                             printable(parsed.get_ref<const std::string&>())));
    return true;
  };
  const json again = json::parse(text, look);
  if (!again.is_object()) fail(name, "its header is no JSON object");
}

std::uint64_t number(const json& value, const std::string& name, const std::string& what) {
  if (!value.is_number_unsigned()) fail(name, fmt::format("{} is no list of whole numbers from 0 up", what));
  return value.get<std::uint64_t>();
}

const json& member(const json& entry, const char* key, const std::string& name, const std::string& what) {
  const auto found = entry.find(key);
  if (found == entry.end()) fail(name, fmt::format("{} has no '{}'; the file is damaged", what, key));
  return *found;
}

SafetensorsTensor read_tensor(const std::string& key, const json& entry, std::uint64_t data_bytes,
                              const std::string& name) {
  constexpr std::size_t kMaxDims = 8;
  const std::string what = fmt::format("tensor '{}'", printable(key));
  if (!entry.is_object()) fail(name, fmt::format("{} is not described by an object", what));
  for (const auto& item : entry.items())
    if (item.key() != "dtype" && item.key() != "shape" && item.key() != "data_offsets")
      fail(name, fmt::format("{} has an unknown member '{}'", what, printable(item.key())));
  SafetensorsTensor out;
  out.name = key;
  const json& dtype = member(entry, "dtype", name, what);
  if (!dtype.is_string()) fail(name, fmt::format("{}: its dtype is no text", what));
  out.dtype = dtype.get<std::string>();
  const std::uint64_t element = bytes_of(out.dtype);
  if (element == 0) fail(name, fmt::format("{} has the unknown dtype '{}'", what, printable(out.dtype)));

  const json& dims = member(entry, "shape", name, what);
  if (!dims.is_array() || dims.size() > kMaxDims)
    fail(name, fmt::format("{}: its shape is no list of at most {} numbers", what, kMaxDims));
  for (const json& dim : dims) {
    const std::uint64_t size = number(dim, name, what + "'s shape");
    if (size == 0 || size > (std::uint64_t{1} << 59) / out.elements)
      fail(name, fmt::format("{} has a dimension of {}, which is zero or overflows its size", what, size));
    out.elements *= size;
    out.dims.push_back(static_cast<std::int64_t>(size));
  }

  const json& offsets = member(entry, "data_offsets", name, what);
  if (!offsets.is_array() || offsets.size() != 2) fail(name, fmt::format("{}: its data_offsets are no pair", what));
  out.offset = number(offsets[0], name, what + "'s data_offsets");
  const std::uint64_t end = number(offsets[1], name, what + "'s data_offsets");
  if (out.offset > end || end > data_bytes)
    fail(name, fmt::format("{} stands at bytes {} ... {} of the data, of which there are {}; the file is truncated or "
                           "damaged: fetch it again",
                           what, out.offset, end, data_bytes));
  out.bytes = end - out.offset;
  if (out.bytes != out.elements * element)
    fail(name, fmt::format("{} has {} bytes, but its shape and dtype {} take {}", what, out.bytes, out.dtype,
                           out.elements * element));
  return out;
}

void check_cover(const std::vector<SafetensorsTensor>& tensors, std::uint64_t data_bytes, const std::string& name) {
  std::vector<const SafetensorsTensor*> order;
  for (const SafetensorsTensor& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->offset < b->offset; });
  std::uint64_t at = 0;
  for (const SafetensorsTensor* tensor : order) {
    if (tensor->offset != at)
      fail(name, fmt::format("tensor '{}' starts at byte {} of the data, {} byte {}, where the one before it ends; the "
                             "file is damaged",
                             printable(tensor->name), tensor->offset, tensor->offset < at ? "before" : "after", at));
    at += tensor->bytes;
  }
  if (at != data_bytes)
    fail(name, fmt::format("{} bytes follow the last tensor; the file is damaged", data_bytes - at));
}

}  // namespace

bool SafetensorsHeader::looks_like(std::span<const std::uint8_t> file) {
  if (file.size() < 10) return false;
  std::uint64_t length;
  std::memcpy(&length, file.data(), sizeof length);
  return length >= 2 && length <= kMaxHeaderBytes && file[8] == '{';
}

SafetensorsHeader SafetensorsHeader::parse(std::span<const std::uint8_t> file, const std::string& name) {
  if (file.size() < 10)
    fail(name, fmt::format("the file has {} bytes; a safetensors file has 10 at least", file.size()));
  std::uint64_t length;
  std::memcpy(&length, file.data(), sizeof length);
  if (length > kMaxHeaderBytes)
    fail(name, fmt::format("not a safetensors file: its header would have {} bytes; at most {} are accepted", length,
                           kMaxHeaderBytes));
  if (length > file.size() - 8)
    fail(name, fmt::format("the file ends inside of its header of {} bytes; it is truncated: fetch it again", length));
  if (length < 2 || file[8] != '{') fail(name, "not a safetensors file: no JSON object follows its length");
  const std::string_view text(reinterpret_cast<const char*>(file.data() + 8), static_cast<std::size_t>(length));
  const json header = parse_json(text, name, {.bytes = kMaxHeaderBytes, .values = 16 * kMaxTensors, .depth = 4});
  refuse_twins(text, name);
  if (header.size() > kMaxTensors)
    fail(name, fmt::format("{} tensors; at most {} are accepted", header.size(), kMaxTensors));

  const std::uint64_t data_bytes = file.size() - 8 - length;
  SafetensorsHeader out;
  for (const auto& item : header.items()) {
    if (item.key() == "__metadata__") {
      if (!item.value().is_object()) fail(name, "its __metadata__ is no object");
      continue;
    }
    out.tensors_.push_back(read_tensor(item.key(), item.value(), data_bytes, name));
  }
  check_cover(out.tensors_, data_bytes, name);
  for (SafetensorsTensor& tensor : out.tensors_) tensor.offset += 8 + length;
  return out;
}

const SafetensorsTensor* SafetensorsHeader::find(std::string_view name) const {
  const auto it = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                   [](const SafetensorsTensor& t, std::string_view n) { return t.name < n; });
  return it != tensors_.end() && it->name == name ? &*it : nullptr;
}

}  // namespace ternsim::model
