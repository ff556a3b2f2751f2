// Who computes next: a long pass, which may stop between two blocks, or the short ones beside it. It knows no
// clock, so that it can be simulated: whoever runs a turn says how long it took.
#pragma once

namespace tug {

class Lanes {
 public:
  /// The share of the time that short passes get while a long one wants to go on.
  static constexpr double kShortShare = 0.45;

  enum class Turn { kNone, kLong, kShort };
  Turn next(bool long_wants, bool short_wants);
  void spent(Turn turn, double seconds) {
    if (shared_) (turn == Turn::kLong ? long_ : short_) += seconds;
  }

 private:
  bool shared_ = false;          // both want turns
  double long_ = 0, short_ = 0;  // seconds, since both have wanted turns
};

}  // namespace tug
