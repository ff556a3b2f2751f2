#include "models/problems.h"

#include "base/check.h"
#include "base/units.h"

namespace tug {
namespace {

constexpr const char* kPrefixes[] = {"", "", "missing: ", "wrong shape or type: ", "unexpected: "};

}  // namespace

void Problems::add(Kind kind, std::string text) {
  Group& group = groups_[static_cast<size_t>(kind)];
  if (++group.count <= kShown) group.shown.push_back(std::move(text));
}

int64_t Problems::count() const {
  int64_t count = 0;
  for (const Group& group : groups_) count += group.count;
  return count;
}

Error Problems::report(const std::string& headline) const {
  TUG_CHECK(!empty());
  std::string message = headline;
  for (size_t kind = 0; kind < groups_.size(); ++kind) {
    for (const std::string& text : groups_[kind].shown)
      message += "\n  " + std::string(kPrefixes[kind]) + text;
    const int64_t hidden = groups_[kind].count - kShown;
    if (hidden > 0)
      message += "\n  " + std::string(kPrefixes[kind]) + "and " + format_count(hidden) + " more";
  }
  if (group(Kind::kUnsupported).count > 0) return {ErrorCode::kUnsupported, message};
  if (group(Kind::kMissing).count > 0) return {ErrorCode::kNotFound, message};
  return {ErrorCode::kCorrupt, message};
}

}  // namespace tug
