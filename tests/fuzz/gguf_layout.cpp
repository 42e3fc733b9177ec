#include "tests/fuzz/gguf_layout.h"

#include <cstring>
#include <optional>

namespace ternsim::fuzz {

namespace {

constexpr std::uint64_t kMostParts = 4096;
constexpr std::uint32_t kText = 8;
constexpr std::uint32_t kArray = 9;

std::size_t scalar_width(std::uint64_t type) {
  constexpr std::size_t kWidths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < 13 ? kWidths[type] : 0;
}

class Walk {
 public:
  explicit Walk(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  GgufLayout run() {
    at_ = 4;
    number(4);  // version
    const auto tensors = number(8);
    const auto entries = number(8);
    if (!entries || *tensors > kMostParts || *entries > kMostParts) return layout_;
    for (std::uint64_t i = 0; i < *entries; ++i)
      if (!part(false)) return layout_;
    for (std::uint64_t i = 0; i < *tensors; ++i)
      if (!part(true)) return layout_;
    layout_.header_end = at_;
    layout_.complete = true;
    return layout_;
  }

 private:
  std::optional<std::uint64_t> number(std::size_t width) {
    if (width == 0 || at_ > bytes_.size() || bytes_.size() - at_ < width) return std::nullopt;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + at_, width);
    layout_.fields.push_back({at_, width});
    at_ += width;
    return value;
  }
  bool string() {
    const auto length = number(8);
    if (!length || *length > bytes_.size() - at_) return false;
    layout_.strings.push_back({at_, static_cast<std::size_t>(*length)});
    at_ += static_cast<std::size_t>(*length);
    return true;
  }
  bool value(std::uint64_t type, int depth) {
    if (type == kText) return string();
    if (type != kArray) return number(scalar_width(type)).has_value();
    const auto element = number(4);
    const std::size_t count_at = at_;
    const auto count = number(8);
    if (!count || *count > bytes_.size() || depth > 3) return false;
    std::size_t last = at_;
    for (std::uint64_t i = 0; i < *count; ++i) {
      last = at_;
      if (!value(*element, depth + 1)) return false;
    }
    if (*count > 0) layout_.lists.push_back({count_at, last, at_});
    return true;
  }
  bool part(bool is_tensor) {
    const std::size_t start = at_;
    if (!string()) return false;
    if (is_tensor) {
      const auto dims = number(4);
      if (!dims || *dims > 8) return false;
      for (std::uint64_t i = 0; i < *dims; ++i)
        if (!number(8)) return false;
      if (!number(4) || !number(8)) return false;
    } else {
      const auto type = number(4);
      if (!type || !value(*type, 0)) return false;
    }
    layout_.parts.push_back({start, at_, is_tensor});
    return true;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  GgufLayout layout_;
};

}  // namespace

GgufLayout gguf_layout(std::span<const std::uint8_t> bytes) {
  return bytes.size() < 24 ? GgufLayout{} : Walk(bytes).run();
}

}  // namespace ternsim::fuzz
