#include "sweep/plan.h"

#include <fmt/format.h>

#include <charconv>
#include <unordered_set>

#include "base/error.h"
#include "base/random.h"

namespace ternsim::sweep {

Shard Shard::parse(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.index);
  const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, shard.count) : first;
  constexpr std::uint64_t kMost = 1'000'000;
  if (!slash || second.ec != std::errc() || second.ptr != end || shard.index < 1 || shard.index > shard.count ||
      shard.count > kMost)
    throw RequestError(fmt::format("shard '{}': I/N expected, such as 1/8 ... 8/8", text));
  return shard;
}

bool Shard::holds(const std::string& canonical) const {
  std::uint64_t digest = 0;
  const std::string key = key_of(canonical);
  std::from_chars(key.data(), key.data() + key.size(), digest, 16);
  return digest % count == index - 1;
}

std::vector<std::uint64_t> sample(std::uint64_t below, std::uint64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::uint64_t> drawn;
  std::unordered_set<std::uint64_t> taken;
  for (std::uint64_t last = below - count; last < below; ++last) {
    std::uint64_t number = random.below(last + 1);
    if (!taken.insert(number).second) {
      number = last;
      taken.insert(number);
    }
    drawn.push_back(number);
  }
  return drawn;
}

Plan::Plan(const Sweep& sweep) : sweep_(sweep) {
  if (sweep.method == Method::Random) drawn_ = sample(sweep.designs(), sweep.points, sweep.seed);
}

std::uint64_t Plan::size() const { return drawn_.empty() ? sweep_.designs() : drawn_.size(); }

Settings Plan::at(std::uint64_t i) const { return sweep_.at(drawn_.empty() ? i : drawn_.at(i)); }

}  // namespace ternsim::sweep
