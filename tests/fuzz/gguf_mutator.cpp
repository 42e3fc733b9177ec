#include "tests/fuzz/gguf_mutator.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/random.h"
#include "tests/fuzz/gguf_layout.h"

namespace ternsim::fuzz {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kAlignment = 32;

// Ends of ranges, off-by-ones, sizes and type ids that mean something to a reader, and bit patterns of floats: 0, 1,
// the largest, infinity and NaN.
constexpr std::uint64_t kOne = 1;
// clang-format off
constexpr std::array<std::uint64_t, 38> kTelling = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 30, 32, 34, 35, 36, 39, 64, 255, 256, 257, 4096, 65536, 65537,
    kOne << 24, 0x3f800000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7fffffff, 0x80000000, 0xffffffff, kOne << 62,
    ~std::uint64_t{0} >> 1, ~std::uint64_t{0}};
// clang-format on

// What names of keys, tensors and values in these files are made of.
constexpr std::string_view kWords[] = {"general.architecture",
                                       "bitnet",
                                       "bitnet-b1.58",
                                       "bitnet-25",
                                       "llama",
                                       "gpt2",
                                       "none",
                                       "llama-bpe",
                                       "relu2",
                                       "swiglu",
                                       ".weight",
                                       ".scale",
                                       "blk.0.",
                                       "blk.1.",
                                       "output.weight",
                                       "rope_freqs.weight",
                                       "token_embd.weight",
                                       "general.alignment",
                                       "tokenizer.ggml.model",
                                       "tokenizer.ggml.tokens",
                                       "tokenizer.ggml.scores",
                                       "rope.scaling.type",
                                       "linear",
                                       "\xC4\xA0",
                                       "\xE2\x96\x81",
                                       "<0x41>",
                                       " ",
                                       ""};

class Mutation {
 public:
  Mutation(const Bytes& bytes, std::uint64_t seed) : bytes_(bytes), random_(seed), layout_(gguf_layout(bytes_)) {}

  Bytes run() {
    if (layout_.fields.empty()) return {};
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) {
      step();
      layout_ = gguf_layout(bytes_);
      if (layout_.fields.empty()) break;
    }
    return std::move(bytes_);
  }

 private:
  template <typename Items>
  const auto& one_of(const Items& items) {
    return items[static_cast<std::size_t>(random_.below(std::size(items)))];
  }

  void step() {
    switch (random_.below(9)) {
      case 0:
      case 1:
      case 2:
        return change_number();
      case 3:
      case 4:
        return change_string();
      case 5:
        return move_parts();
      case 6:
        return change_list();
      default:
        return damage_data();
    }
  }

  void change_number() {
    const GgufField field = one_of(layout_.fields);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + field.at, field.width);
    switch (random_.below(6)) {
      case 0:
        value += 1 + random_.below(4);
        break;
      case 1:
        value -= 1 + random_.below(4);
        break;
      case 2:
        value ^= std::uint64_t{1} << random_.below(8 * field.width);
        break;
      case 3: {  // another number of the file
        const GgufField other = one_of(layout_.fields);
        value = 0;
        std::memcpy(&value, bytes_.data() + other.at, other.width);
        break;
      }
      case 4:
        value = bytes_.size() - random_.below(64);
        break;
      default:
        value = one_of(kTelling);
    }
    std::memcpy(bytes_.data() + field.at, &value, field.width);
  }

  void change_string() {
    if (layout_.strings.empty()) return;
    const GgufString old = one_of(layout_.strings);
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(old.at);
    Bytes text(begin, begin + static_cast<std::ptrdiff_t>(old.length));
    const std::size_t place = text.empty() ? 0 : static_cast<std::size_t>(random_.below(text.size()));
    switch (random_.below(5)) {
      case 0:
        if (!text.empty()) text[place] = static_cast<std::uint8_t>(random_.below(256));
        break;
      case 1:
        text.resize(place);
        break;
      case 2: {
        const std::string_view word = one_of(kWords);
        text.assign(word.begin(), word.end());
        break;
      }
      case 3: {
        const std::string_view word = one_of(kWords);
        text.insert(text.begin() + static_cast<std::ptrdiff_t>(place), word.begin(), word.end());
        break;
      }
      default: {  // another string of the file, so that names stand twice
        const GgufString other = one_of(layout_.strings);
        const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(other.at);
        text.assign(from, from + static_cast<std::ptrdiff_t>(other.length));
      }
    }
    Bytes replacement(8);
    const std::uint64_t length = text.size();
    std::memcpy(replacement.data(), &length, sizeof length);
    replacement.insert(replacement.end(), text.begin(), text.end());
    splice(old.at - 8, old.at + old.length, replacement);
  }

  // Takes an entry or a tensor out, or puts one of them in a second time.
  void move_parts() {
    if (layout_.parts.empty()) return;
    const GgufPart part = one_of(layout_.parts);
    const std::size_t counter = part.is_tensor ? 8 : 16;
    std::uint64_t count = 0;
    std::memcpy(&count, bytes_.data() + counter, sizeof count);
    const auto copy = [&](const GgufPart& p) {
      return Bytes(bytes_.begin() + static_cast<std::ptrdiff_t>(p.at),
                   bytes_.begin() + static_cast<std::ptrdiff_t>(p.end));
    };
    switch (random_.below(3)) {
      case 0:
        splice(part.at, part.end, {});
        --count;
        break;
      case 1:
        splice(part.at, part.at, copy(part));
        ++count;
        break;
      default: {
        const GgufPart other = one_of(layout_.parts);
        if (other.is_tensor != part.is_tensor) return;
        splice(part.at, part.end, copy(other));
      }
    }
    std::memcpy(bytes_.data() + counter, &count, sizeof count);
  }

  // One element less, or the last one twice.
  void change_list() {
    if (layout_.lists.empty()) return;
    const GgufList list = one_of(layout_.lists);
    const bool longer = random_.below(2) == 0;
    Bytes last(bytes_.begin() + static_cast<std::ptrdiff_t>(list.last),
               bytes_.begin() + static_cast<std::ptrdiff_t>(list.end));
    std::uint64_t count = 0;
    std::memcpy(&count, bytes_.data() + list.count_at, sizeof count);
    count += longer ? 1 : ~std::uint64_t{0};
    std::memcpy(bytes_.data() + list.count_at, &count, sizeof count);
    if (longer)
      splice(list.end, list.end, last);
    else
      splice(list.last, list.end, {});
  }

  void damage_data() {
    const std::size_t start = layout_.complete ? aligned(layout_.header_end) : 24;
    if (start >= bytes_.size()) return;
    if (random_.below(8) == 0) {
      bytes_.resize(start + static_cast<std::size_t>(random_.below(bytes_.size() - start)));
      return;
    }
    const std::size_t at = start + static_cast<std::size_t>(random_.below(bytes_.size() - start));
    const std::size_t length = std::min<std::size_t>(bytes_.size() - at, 1 + random_.below(8));
    for (std::size_t i = 0; i < length; ++i)
      bytes_[at + i] = random_.below(2) == 0 ? static_cast<std::uint8_t>(random_.below(256)) : std::uint8_t{0xff};
  }

  static std::size_t aligned(std::size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; }

  // Replaces a piece of the header and moves the data so that its alignment holds.
  void splice(std::size_t from, std::size_t to, const Bytes& replacement) {
    const std::size_t data = layout_.complete ? std::min(aligned(layout_.header_end), bytes_.size()) : bytes_.size();
    const std::size_t header_end = layout_.complete ? layout_.header_end : bytes_.size();
    const auto at = [&](std::size_t i) { return bytes_.begin() + static_cast<std::ptrdiff_t>(i); };
    Bytes out(at(0), at(from));
    out.insert(out.end(), replacement.begin(), replacement.end());
    out.insert(out.end(), at(to), at(header_end));
    if (layout_.complete) out.resize(aligned(out.size()));
    out.insert(out.end(), at(data), bytes_.end());
    bytes_ = std::move(out);
  }

  Bytes bytes_;
  Random random_;
  GgufLayout layout_;
};

}  // namespace

std::vector<std::uint8_t> mutate_gguf(const std::vector<std::uint8_t>& bytes, std::uint64_t seed) {
  return Mutation(bytes, seed).run();
}

}  // namespace ternsim::fuzz
