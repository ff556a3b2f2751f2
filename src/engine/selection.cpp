#include "engine/selection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace tug {
namespace {

constexpr size_t kChunk = 4096;    // of a pass; its sum is 16 floats of 256 terms each
constexpr size_t kSortable = 512;  // so few are sorted
constexpr size_t kSample = 256;
constexpr size_t kRoom = 16;  // that a kernel may write beyond a list
constexpr float kInfinity = std::numeric_limits<float>::infinity();

constexpr std::array<float, kChunk> kOnes = [] {
  std::array<float, kChunk> ones = {};
  for (float& one : ones) one = 1;
  return ones;
}();

float next_up(float value) { return std::nextafter(value, kInfinity); }
float next_down(float value) { return std::nextafter(value, -kInfinity); }

}  // namespace

/// Two numbers between which the cut lies with good odds, told from a sample: `tail` is the weight behind it.
/// One and the same if narrow.
Selection::Bracket Selection::bracket(double tail, bool narrow) {
  sorted_.clear();
  for (size_t i = 0; i < kSample; ++i) sorted_.push_back(item(i * x_.size() / kSample));
  std::sort(sorted_.begin(), sorted_.end(), std::greater<>());
  // Counted from the small ones: of a few that weigh the most a sample knows nothing.
  const double each = static_cast<double>(x_.size()) / kSample;
  size_t rank = kSample - 1;
  for (double behind = sorted_[rank].weight; rank > 0 && behind * each <= tail;)
    behind += sorted_[--rank].weight;
  if (narrow) return {sorted_[rank].x, sorted_[rank].x};
  const auto spread = static_cast<size_t>(2 * std::sqrt(static_cast<double>(rank + 1)) + 2);
  return {rank + spread < kSample ? sorted_[rank + spread].x : -kInfinity,
          rank >= spread ? sorted_[rank - spread].x : kInfinity};
}

/// Adds what stands between low and high in [begin, end) to the sums and, where wanted, to the list, which
/// has sums.count.
void Selection::add_chunk(size_t begin, size_t end, float low, float high, bool list, Sums& sums) {
  const auto at = static_cast<size_t>(sums.count);
  if (list && listed_.size() < at + kChunk + kRoom) listed_.resize(x_.size() + kChunk + kRoom);
  const Split part = kernels_->split(&x_[begin], weights_ ? weights_ + begin : kOnes.data(),
                                     static_cast<int64_t>(end - begin), low, high,
                                     static_cast<int32_t>(begin), list ? listed_.data() + at : nullptr);
  sums.above += part.above;
  sums.between += part.between;
  sums.count += part.count;
}

Selection::Sums Selection::sum(float low, float high, bool list) {
  Sums sums;
  for (size_t first = 0; first < x_.size(); first += kChunk)
    add_chunk(first, std::min(first + kChunk, x_.size()), low, high, list, sums);
  return sums;
}

/// From now on only the numbers in the list are in question.
void Selection::keep_listed(int64_t count) {
  const size_t to = x_.data() == kept_x_[0].data() ? 1 : 0;
  kept_x_[to].resize(static_cast<size_t>(count));
  kept_weights_[to].resize(static_cast<size_t>(count));
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const auto [x, weight] = item(static_cast<size_t>(listed_[i]));
    kept_x_[to][i] = x;
    kept_weights_[to][i] = weight;
  }
  ask(kept_x_[to], kept_weights_[to].data());
}

Selection::Place Selection::find_sorted(double target) {
  sorted_.clear();
  for (size_t i = 0; i < x_.size(); ++i) sorted_.push_back(item(i));
  std::sort(sorted_.begin(), sorted_.end(), std::greater<>());
  size_t count = 0;
  for (double sum = 0; count < sorted_.size() && (count == 0 || sum < target);)
    sum += sorted_[count++].weight;
  const float value = sorted_[count - 1].x;
  const auto equal_to = [&](const Item& item) { return item.x == value; };
  const auto middle = sorted_.begin() + static_cast<int64_t>(count);
  return {value, std::count_if(sorted_.begin(), middle, equal_to),
          std::count_if(sorted_.begin(), sorted_.end(), equal_to)};
}

Selection::Place Selection::find(double total, double target) {
  constexpr Place kAll = {-kInfinity, 0, 0};
  for (bool narrow = false; x_.size() > kSortable;) {
    const auto [low, high] = bracket(total - target, narrow);
    Sums sums = sum(low, high, low != high);
    if (sums.above >= target) {
      total = sums.above;
      sums = sum(next_up(high), kInfinity, true);
    } else if (sums.above + sums.between >= target) {
      target -= sums.above;
      total = sums.between;
      if (low == high) {
        const double taken = std::ceil(target / (total / static_cast<double>(sums.count)));
        return {low, std::clamp<int64_t>(static_cast<int64_t>(taken), 1, sums.count), sums.count};
      }
    } else {
      if (low == -kInfinity) return kAll;
      target -= sums.above + sums.between;
      total -= sums.above + sums.between;
      sums = sum(-kInfinity, next_down(low), true);
    }
    if (sums.count == 0) return kAll;
    narrow = sums.count > static_cast<int64_t>(x_.size() / 2);
    keep_listed(sums.count);
  }
  return find_sorted(target);
}

/// One behind the `taken`-th number that equals value.
size_t Selection::end_of(float value, int64_t taken) {
  for (size_t first = 0;; first += kChunk) {
    const size_t end = std::min(first + kChunk, x_.size());
    Sums sums;
    add_chunk(first, end, value, value, false, sums);
    if (sums.count >= taken) {
      sums = {};
      add_chunk(first, end, value, value, true, sums);
      return static_cast<size_t>(listed_[static_cast<size_t>(taken - 1)]) + 1;
    }
    taken -= sums.count;
  }
}

Cut Selection::cut(std::span<const float> x, const float* weights, double total, double target) {
  ask(x, weights);
  const Place place = find(total, std::max(target, std::numeric_limits<double>::min()));  // one at least
  ask(x, nullptr);
  return {place.value, place.taken < place.equal ? end_of(place.value, place.taken) : x.size()};
}

std::span<const int32_t> Selection::chosen(std::span<const float> x, const Cut& cut) {
  ask(x, nullptr);
  Sums sums;
  for (size_t first = 0; first < x.size();) {
    const size_t end = std::min(first + kChunk, first < cut.end ? std::min(cut.end, x.size()) : x.size());
    add_chunk(first, end, first < cut.end ? cut.value : next_up(cut.value), kInfinity, true, sums);
    first = end;
  }
  return std::span<const int32_t>(listed_).first(static_cast<size_t>(sums.count));
}

}  // namespace tug
