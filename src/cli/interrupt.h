// Ctrl-C as a question instead of an end.
#pragma once

namespace tug {

/// While one lives, the first Ctrl-C is only remembered; a second one before the first was answered ends the
/// program as usual. At most one at a time.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  bool requested() const;
  /// Readable once Ctrl-C was pressed: for poll().
  int descriptor() const;
};

}  // namespace tug
