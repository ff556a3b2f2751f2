// Everything that is wrong with a model, collected so that one error can name it all.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tugboat/result.h"

namespace tug {

class Problems {
 public:
  enum class Kind { kSetting, kUnsupported, kMissing, kMisshaped, kUnexpected };

  /// Settings and unsupported things are sentences; the others a tensor's name and what is known of it. May
  /// quote what the files say.
  void add(Kind kind, const std::string& text);

  bool empty() const { return count() == 0; }
  int64_t count() const;

  /// So much is wrong that looking further teaches nothing; also keeps a lying config from costing time.
  bool hopeless() const { return count() >= kHopeless; }

  /// One error with some lines of each kind, as many as a message has room for. Code: kUnsupported when
  /// something is, kNotFound when tensors are missing, else kCorrupt. There must be a problem.
  Error report(const std::string& headline) const;

 private:
  static constexpr int64_t kShown = 20;
  static constexpr int64_t kHopeless = 1000;
  struct Group {
    std::vector<std::string> shown;
    int64_t count = 0;
  };
  const Group& group(Kind kind) const { return groups_[static_cast<size_t>(kind)]; }
  std::array<Group, 5> groups_;
};

}  // namespace tug
