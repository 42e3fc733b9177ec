#include "tests/fuzz/json_mutator.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/random.h"

namespace ternsim::fuzz {

namespace {

// Order of members is the file's: where a reader depends on it, the mutator must not hide that.
using Json = nlohmann::ordered_json;

constexpr int kDeepest = 64;

// The library parses without recursion but writes with it.
bool too_deep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    if (depth > kDeepest) return true;
  }
  return false;
}

class Mutation {
 public:
  Mutation(Json document, std::uint64_t seed) : document_(std::move(document)), random_(seed) {}

  std::string run() {
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) {
      nodes_.clear();
      collect(document_);
      other_ = *nodes_[pick(nodes_.size())];
      change(*nodes_[pick(nodes_.size())]);
    }
    // Strings may have become invalid UTF-8, which JSON cannot hold.
    return document_.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_.below(n)); }

  void collect(Json& node) {
    nodes_.push_back(&node);
    if (node.is_structured())
      for (Json& child : node) collect(child);
  }

  void change(Json& node) {
    if (random_.below(6) == 0) {
      node = other_value();
    } else if (node.is_object() && !node.empty()) {
      change_object(node);
    } else if (node.is_array()) {
      change_array(node);
    } else if (node.is_string()) {
      change_text(node.get_ref<std::string&>());
    } else if (node.is_boolean()) {
      node = !node.get<bool>();
    } else if (node.is_number_integer()) {
      // Unsigned: the smallest and largest numbers wrap.
      node = static_cast<std::int64_t>(static_cast<std::uint64_t>(node.get<std::int64_t>()) + random_.below(5) - 2);
    } else {
      node = other_value();
    }
  }

  void change_object(Json& node) {
    auto member = node.begin();
    std::advance(member, pick(node.size()));
    switch (random_.below(3)) {
      case 0:
        node.erase(member.key());
        break;
      case 1: {
        Json value = member.value();
        std::string key = member.key();
        node.erase(key);
        change_text(key);
        node[key] = std::move(value);
        break;
      }
      default:
        member.value() = other_;
    }
  }

  void change_array(Json& node) {
    const auto place = [&](std::size_t n) { return node.begin() + static_cast<std::ptrdiff_t>(pick(n)); };
    if (node.empty() || random_.below(2) == 0) {
      // Bounded, so that doubling does not get out of hand.
      if (nodes_.size() < 4096) node.insert(place(node.size() + 1), other_);
    } else {
      node.erase(place(node.size()));
    }
  }

  void change_text(std::string& text) {
    static constexpr std::string_view kPieces[] = {"\xE2\x96\x81", "\xC4\xA0", " ",     "<0x41>",  "<s>",  "BF16",
                                                   "U8",           "F32",      "F16",   "special", "\x01", ".weight",
                                                   "_scale",       "BPE",      "Split", "",        "a",    "I64"};
    const std::string_view piece = kPieces[pick(std::size(kPieces))];
    const std::size_t at = pick(text.size() + 1);
    switch (random_.below(5)) {
      case 0:
        text = piece;
        break;
      case 1:
        text.insert(at, piece);
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(random_.below(128)));
        break;
      default:
        if (other_.is_string()) text = other_.get<std::string>();
    }
  }

  Json other_value() {
    switch (random_.below(12)) {
      case 0:
        return nullptr;
      case 1:
        return random_.below(2) == 0;
      case 2:
        return Json::array();
      case 3:
        return Json::object();
      case 4:
        return "";
      case 5:
        return std::int64_t{-1};
      case 6:
        return ~std::uint64_t{0} - random_.below(3);
      case 7:
        return std::uint64_t{1} << random_.below(64);
      case 8:
        return 1e300;
      case 9:
        return 0.5;
      case 10:
        return random_.below(512);
      default:
        return other_;
    }
  }

  Json document_;
  Random random_;
  std::vector<Json*> nodes_;  // valid until the first change
  Json other_;                // a value of the document, copied before the change
};

}  // namespace

std::string mutate_json(std::string_view text, std::uint64_t seed) {
  if (too_deep(text)) return {};
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return {};
  return Mutation(std::move(document), seed).run();
}

}  // namespace ternsim::fuzz
