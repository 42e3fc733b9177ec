#include "model/ranked_merges.h"

#include <algorithm>
#include <cstddef>
#include <queue>

namespace ternsim::model {

RankedMerges::RankedMerges(std::vector<Merge> merges, std::int32_t id_count) {
  std::sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
    if (a.left != b.left) return a.left < b.left;
    return a.right != b.right ? a.right < b.right : a.rank < b.rank;
  });
  start_.assign(static_cast<std::size_t>(id_count) + 1, static_cast<std::uint32_t>(merges.size()));
  entries_.reserve(merges.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const Merge& merge = merges[i];
    while (next <= static_cast<std::size_t>(merge.left)) start_[next++] = static_cast<std::uint32_t>(i);
    entries_.push_back({merge.right, merge.rank, merge.result});
    if (i > 0 && merges[i - 1].left == merge.left && merges[i - 1].right == merge.right && !twins_)
      twins_ = {merges[i - 1].rank, merge.rank};
  }
}

const RankedMerges::Entry* RankedMerges::find(std::int32_t left, std::int32_t right) const {
  const auto begin = entries_.begin() + start_[static_cast<std::size_t>(left)];
  const auto end = entries_.begin() + start_[static_cast<std::size_t>(left) + 1];
  const auto it = std::lower_bound(begin, end, right, [](const Entry& e, std::int32_t r) { return e.right < r; });
  return it != end && it->right == right ? &*it : nullptr;
}

void RankedMerges::apply(std::vector<std::int32_t>& ids) const {
  if (entries_.empty() || ids.size() < 2) return;
  // The ids as a linked list in place; one merged into its left neighbour becomes -1.
  struct Node {
    std::int32_t id;
    std::int32_t previous;
    std::int32_t next;
  };
  struct Candidate {
    std::int32_t left;  // node
    std::int32_t left_id;
    std::int32_t right_id;
    const Entry* merge;
  };
  const auto later = [](const Candidate& a, const Candidate& b) {
    return a.merge->rank != b.merge->rank ? a.merge->rank > b.merge->rank : a.left > b.left;
  };
  const auto count = static_cast<std::int32_t>(ids.size());
  std::vector<Node> nodes(ids.size());
  const auto node = [&](std::int32_t i) -> Node& { return nodes[static_cast<std::size_t>(i)]; };
  for (std::int32_t i = 0; i < count; ++i)
    node(i) = {ids[static_cast<std::size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1};
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> queue(later);
  const auto offer = [&](std::int32_t left) {
    if (left < 0 || node(left).next < 0) return;
    const std::int32_t left_id = node(left).id;
    const std::int32_t right_id = node(node(left).next).id;
    if (const Entry* merge = find(left_id, right_id)) queue.push({left, left_id, right_id, merge});
  };
  for (std::int32_t i = 0; i + 1 < count; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Node& left = node(best.left);
    // One of the two was merged otherwise since the pair was offered.
    if (left.id != best.left_id || left.next < 0 || node(left.next).id != best.right_id) continue;
    Node& right = node(left.next);
    left.id = best.merge->result;
    left.next = right.next;
    if (right.next >= 0) node(right.next).previous = best.left;
    right.id = -1;
    offer(left.previous);
    offer(best.left);
  }
  ids.clear();
  for (std::int32_t i = 0; i >= 0; i = node(i).next) ids.push_back(node(i).id);
}

}  // namespace ternsim::model
