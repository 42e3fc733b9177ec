#include "sim/program/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace ternsim::sim {

std::string_view name_of(Unit unit) {
  static constexpr std::array<std::string_view, kUnits> names{"dma", "matrix", "vector", "attention", "lm_head"};
  return names.at(static_cast<std::size_t>(unit));
}

std::string_view name_of(CommandKind kind) {
  static constexpr std::array<std::string_view, kCommandKinds> names{"load_embedding", "load_weights", "load_kv",
                                                                     "store_kv",       "matmul_chunk", "dequantise",
                                                                     "vector_op",      "attend",       "head_chunk"};
  return names.at(static_cast<std::size_t>(kind));
}

void Command::wait_for(std::int32_t command) {
  if (command == kNone || std::ranges::find(waits, command) != waits.end()) return;
  const auto free = std::ranges::find(waits, kNone);
  if (free == waits.end()) throw std::logic_error("a command waits for more than four others");
  *free = command;
}

namespace {

std::int64_t bytes_of(const Program& program, bool stores) {
  std::int64_t total = 0;
  for (const Command& c : program.commands)
    if ((c.kind == CommandKind::StoreKv) == stores) total += c.bytes;
  return total;
}

}  // namespace

std::int64_t Program::load_bytes() const { return bytes_of(*this, false); }
std::int64_t Program::store_bytes() const { return bytes_of(*this, true); }

std::int64_t Program::distinct_dram_bytes() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;  // first byte, one past the last
  for (const Command& c : commands)
    if (c.bytes > 0) spans.emplace_back(c.address, c.address + static_cast<std::uint64_t>(c.bytes));
  std::ranges::sort(spans);
  std::uint64_t total = 0;
  std::uint64_t end = 0;
  for (const auto& [first, last] : spans) {
    if (last <= end) continue;
    total += last - std::max(first, end);
    end = last;
  }
  return static_cast<std::int64_t>(total);
}

std::string to_text(const Program& program, const model::Graph& graph) {
  std::string out;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    const Command& c = program.commands[i];
    fmt::format_to(std::back_inserter(out), "{:6} {:9} {:14} {}", i, name_of(c.unit), name_of(c.kind),
                   graph.ops[static_cast<std::size_t>(c.op)].name);
    if (c.bytes != 0) fmt::format_to(std::back_inserter(out), " bytes={}@{:#x}", c.bytes, c.address);
    if (c.rows != 0) fmt::format_to(std::back_inserter(out), " rows={}+{}", c.row0, c.rows);
    if (c.parts > 1 && c.cols != 0)
      fmt::format_to(std::back_inserter(out), " cols={}+{}", c.col0, c.cols);
    else if (c.cols != 0)
      fmt::format_to(std::back_inserter(out), " cols={}", c.cols);
    if (c.tokens != 0) fmt::format_to(std::back_inserter(out), " tokens={}+{}", c.token0, c.tokens);
    if (c.positions != 0) fmt::format_to(std::back_inserter(out), " positions={}", c.positions);
    if (c.parts > 1) fmt::format_to(std::back_inserter(out), " part={}/{}", c.part + 1, c.parts);
    if (c.expert >= 0) fmt::format_to(std::back_inserter(out), " expert={}", c.expert);
    if (c.resident) out += " resident";
    for (const std::int32_t w : c.waits)
      if (w != Command::kNone) fmt::format_to(std::back_inserter(out), " after={}", w);
    out += '\n';
  }
  return out;
}

}  // namespace ternsim::sim
