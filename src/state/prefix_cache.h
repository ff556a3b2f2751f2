// States that later prompts may begin with, found by their tokens. What is kept shares its memory with the
// sequences that it was forked from and with those that are forked from it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "state/sequence.h"

namespace tug {

/// Sequences with a recurrent part begin a prompt as they are, or cut by up to kDropMax tokens; others at any
/// length. For one thread at a time; must not outlive the pool.
class PrefixCache {
 public:
  /// Keeps no more than `bytes_max`.
  PrefixCache(const StateLayout& layout, int64_t bytes_max) : layout_(layout), bytes_max_(bytes_max) {}

  struct Found {
    std::unique_ptr<Sequence> sequence;  // null: nothing
    /// Tokens that some state of the scope begins with too, though perhaps none can be cut there.
    int64_t common = 0;
  };
  /// The longest state that begins `tokens`, but never all of them: the last one's logits are wanted.
  /// Nothing is found that was kept under another scope.
  Found find(const std::string& scope, std::span<const int32_t> tokens, int64_t capacity);

  /// Keeps a state of `tokens`, as long as it is of use. Another one that can take its place is enough.
  void keep(const std::string& scope, std::vector<int32_t> tokens, std::unique_ptr<Sequence> state);

  /// Gives up the state of least use. False: there is none.
  bool drop_one();

  /// Bytes of memory; what several states share counts once.
  int64_t bytes() const { return bytes_; }
  size_t size() const { return states_.size(); }
  /// Another one when there may be more to find.
  uint64_t version() const { return version_; }

 private:
  struct State {
    std::string scope;
    std::vector<int32_t> tokens;
    std::unique_ptr<Sequence> sequence;
    uint64_t used = 0;   // when, by clock_
    int64_t shared = 0;  // tokens that it begins with like the state before it

    int64_t length() const { return static_cast<int64_t>(tokens.size()); }
    bool can_be_cut_to(int64_t to) const { return to > 0 && to >= sequence->shortest(); }
  };

  size_t place_of(const std::string& scope, std::span<const int32_t> tokens) const;
  int64_t common(const State& state, const std::string& scope, std::span<const int32_t> tokens) const;
  void update_shared(size_t index);
  void insert(size_t at, State state);
  void erase(size_t index);
  double use_of(size_t index, int64_t longest_beginning) const;

  const StateLayout layout_;
  const int64_t bytes_max_;
  int64_t bytes_ = 0;
  uint64_t clock_ = 0, version_ = 1;
  std::vector<State> states_;                         // in the order of their scopes, then of their tokens
  std::unordered_map<const Arena*, int64_t> pieces_;  // how many states hold it
};

}  // namespace tug
