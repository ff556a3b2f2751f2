// Watches an answer for its stop strings; text that may be the beginning of one is held back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tug {

class StopStrings {
 public:
  explicit StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {}

  /// Text that may be shown now. After a stop string was found, nothing more comes.
  std::string push(std::string_view text);
  /// What was held back in vain.
  std::string finish();
  bool found() const { return !which_.empty(); }
  /// The one that was found; empty: none.
  const std::string& which() const { return which_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  std::string which_;
};

}  // namespace tug
