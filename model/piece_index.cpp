#include "model/piece_index.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace ternsim::model {

namespace {

constexpr int kBucketShift = 48;
constexpr std::size_t kBuckets = std::size_t{1} << 16;

std::uint64_t key_of(std::string_view bytes) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = (key << 8) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  return key;
}

}  // namespace

PieceIndex::PieceIndex(std::span<const std::string> pieces, std::span<const std::int32_t> ids) {
  struct Entry {
    std::uint64_t key;
    std::int32_t id;
  };
  const auto piece = [&](std::int32_t id) -> const std::string& { return pieces[static_cast<std::size_t>(id)]; };
  std::vector<Entry> entries;
  entries.reserve(ids.size());
  std::uint64_t total = 0;
  for (const std::int32_t id : ids) {
    entries.push_back({key_of(piece(id)), id});
    total += piece(id).size();
  }
  if (total > std::numeric_limits<std::uint32_t>::max())
    throw InputError("the tokens have over 2^32 bytes in all; no tokenizer has that many");
  // The keys order the strings but for those with the same first eight bytes, padding included.
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    if (a.key != b.key) return a.key < b.key;
    const int order = piece(a.id).compare(piece(b.id));
    return order != 0 ? order < 0 : a.id < b.id;
  });
  bytes_.reserve(total);
  begin_.reserve(entries.size() + 1);
  keys_.reserve(entries.size());
  ids_.reserve(entries.size());
  bucket_.assign(kBuckets + 1, static_cast<std::uint32_t>(entries.size()));
  std::size_t bucket = 0;
  for (const Entry& entry : entries) {
    while (bucket <= entry.key >> kBucketShift) bucket_[bucket++] = static_cast<std::uint32_t>(ids_.size());
    begin_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    keys_.push_back(entry.key);
    ids_.push_back(entry.id);
    bytes_ += piece(entry.id);
  }
  begin_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

std::int32_t PieceIndex::find(std::string_view bytes) const {
  if (ids_.empty()) return -1;
  const std::uint64_t key = key_of(bytes);
  std::size_t low = bucket_[key >> kBucketShift];
  std::size_t high = bucket_[(key >> kBucketShift) + 1];
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const bool less = keys_[middle] != key ? keys_[middle] < key : bytes_at(middle) < bytes;
    if (less)
      low = middle + 1;
    else
      high = middle;
  }
  return low < ids_.size() && keys_[low] == key && bytes_at(low) == bytes ? ids_[low] : -1;
}

std::optional<std::pair<std::int32_t, std::int32_t>> PieceIndex::twins() const {
  for (std::size_t i = 1; i < ids_.size(); ++i)
    if (keys_[i - 1] == keys_[i] && bytes_at(i - 1) == bytes_at(i)) return std::pair(ids_[i - 1], ids_[i]);
  return std::nullopt;
}

}  // namespace ternsim::model
