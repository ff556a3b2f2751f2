#include "state/prefix_cache.h"

#include <algorithm>

namespace tug {
namespace {

/// Enough for every conversation that a budget of real models holds, and few enough to be looked through.
constexpr size_t kStatesMax = 512;

}  // namespace

size_t PrefixCache::place_of(const std::string& scope, std::span<const int32_t> tokens) const {
  const auto before = [&](const State& state, int) {
    if (state.scope != scope) return state.scope < scope;
    return std::ranges::lexicographical_compare(state.tokens, tokens);
  };
  return static_cast<size_t>(std::lower_bound(states_.begin(), states_.end(), 0, before) - states_.begin());
}

int64_t PrefixCache::common(const State& state, const std::string& scope,
                            std::span<const int32_t> tokens) const {
  if (state.scope != scope) return 0;
  return std::ranges::mismatch(state.tokens, tokens).in1 - state.tokens.begin();
}

void PrefixCache::update_shared(size_t index) {
  if (index >= states_.size()) return;
  State& state = states_[index];
  state.shared = index == 0 ? 0 : common(states_[index - 1], state.scope, state.tokens);
}

PrefixCache::Found PrefixCache::find(const std::string& scope, std::span<const int32_t> tokens,
                                     int64_t capacity) {
  Found found;
  const auto last = static_cast<int64_t>(tokens.size()) - 1;
  State* best = nullptr;
  int64_t length = 0;
  ++clock_;
  const auto consider = [&](State& state, int64_t same) {
    if (same == state.length()) state.used = clock_;
    const int64_t usable = std::min(same, last);
    found.common = std::max(found.common, usable);
    if (usable > length && state.can_be_cut_to(usable)) best = &state, length = usable;
  };
  // In their order, what two have in common only shrinks with the distance.
  const size_t place = place_of(scope, tokens);
  int64_t same = place < states_.size() ? common(states_[place], scope, tokens) : 0;
  for (size_t i = place; i < states_.size() && same > 0; ++i) {
    if (i > place) same = std::min(same, states_[i].shared);
    consider(states_[i], same);
  }
  same = place > 0 ? common(states_[place - 1], scope, tokens) : 0;
  for (size_t i = place; i > 0 && same > 0; --i) {
    consider(states_[i - 1], same);
    same = std::min(same, states_[i - 1].shared);
  }
  if (!best) return found;
  best->used = clock_;
  auto fork = best->sequence->fork(capacity);
  if (fork.ok() && (*fork)->truncate(length).ok()) found.sequence = std::move(fork).value();
  return found;
}

void PrefixCache::keep(const std::string& scope, std::vector<int32_t> tokens,
                       std::unique_ptr<Sequence> state) {
  if (tokens.empty() || bytes_max_ <= 0) return;
  const auto length = static_cast<int64_t>(tokens.size());
  ++clock_;
  const size_t place = place_of(scope, tokens);
  for (size_t i = place; i < states_.size() && common(states_[i], scope, tokens) == length; ++i) {
    if (!states_[i].can_be_cut_to(length)) continue;
    states_[i].used = clock_;
    return;
  }
  insert(place, {.scope = scope, .tokens = std::move(tokens), .sequence = std::move(state)});
  // Those that it can be cut to are of no more use; they stand before it.
  for (size_t i = place; i > 0;) {
    const State &kept = states_[i], &other = states_[i - 1];
    if (kept.shared < other.length() || !kept.can_be_cut_to(other.length())) break;
    erase(--i);
  }
  while (bytes_ > bytes_max_ || states_.size() > kStatesMax) drop_one();
  ++version_;
}

void PrefixCache::insert(size_t at, State state) {
  state.used = clock_;
  state.sequence->for_each_piece([&](const Arena& piece) {
    if (pieces_[&piece]++ == 0) bytes_ += piece.size();
  });
  states_.insert(states_.begin() + static_cast<std::ptrdiff_t>(at), std::move(state));
  update_shared(at);
  update_shared(at + 1);
}

void PrefixCache::erase(size_t index) {
  states_[index].sequence->for_each_piece([&](const Arena& piece) {
    const auto held = pieces_.find(&piece);
    if (--held->second > 0) return;
    bytes_ -= piece.size();
    pieces_.erase(held);
  });
  states_.erase(states_.begin() + static_cast<std::ptrdiff_t>(index));
  update_shared(index);
}

/// Tokens that nothing else would save, for each byte that they take, and for how long nobody wanted them.
double PrefixCache::use_of(size_t index, int64_t longest_beginning) const {
  const State& state = states_[index];
  int64_t saved_by_others = longest_beginning;
  const auto consider = [&](const State& neighbour, int64_t same) {
    if (neighbour.can_be_cut_to(same)) saved_by_others = std::max(saved_by_others, same);
  };
  if (index > 0) consider(states_[index - 1], state.shared);
  if (index + 1 < states_.size()) consider(states_[index + 1], states_[index + 1].shared);
  const int64_t gain = std::max<int64_t>(state.length() - saved_by_others, 0);
  const double bytes = static_cast<double>(std::max<int64_t>(layout_.bytes(gain), 1));
  return static_cast<double>(gain) / bytes / static_cast<double>(clock_ - state.used + 1);
}

bool PrefixCache::drop_one() {
  if (states_.empty()) return false;
  size_t least = 0;
  double least_use = 0;
  std::vector<int64_t> beginnings;  // lengths of the states that begin the present one
  for (size_t i = 0; i < states_.size(); ++i) {
    while (!beginnings.empty() && beginnings.back() > states_[i].shared) beginnings.pop_back();
    const double use = use_of(i, beginnings.empty() ? 0 : beginnings.back());
    if (i == 0 || use < least_use) least = i, least_use = use;
    beginnings.push_back(states_[i].length());
  }
  erase(least);
  return true;
}

}  // namespace tug
