#include "models/problems.h"

#include <algorithm>

#include "base/check.h"
#include "base/printable.h"
#include "base/units.h"

namespace tug {
namespace {

constexpr const char* kPrefixes[] = {"", "", "missing: ", "wrong shape or type: ", "unexpected: "};

constexpr size_t kSentenceBytes = 300;
constexpr size_t kTensorBytes = 160;
constexpr size_t kReportBytes = 680;

/// At least one of a kind's lines, and as many more as fit into `room`.
std::string listed(const std::string& prefix, const std::vector<std::string>& shown, int64_t count,
                   size_t room) {
  std::string lines;
  int64_t listed = 0;
  for (const std::string& text : shown) {
    const std::string line = "\n  " + prefix + text;
    if (listed > 0 && lines.size() + line.size() > room) break;
    lines += line, ++listed;
  }
  if (count > listed) lines += "\n  " + prefix + "and " + format_count(count - listed) + " more";
  return lines;
}

}  // namespace

void Problems::add(Kind kind, const std::string& text) {
  Group& group = groups_[static_cast<size_t>(kind)];
  const bool is_sentence = kind == Kind::kSetting || kind == Kind::kUnsupported;
  const size_t size_max = is_sentence ? kSentenceBytes : kTensorBytes;
  if (++group.count <= kShown) group.shown.push_back(printable(text, size_max));
}

int64_t Problems::count() const {
  int64_t count = 0;
  for (const Group& group : groups_) count += group.count;
  return count;
}

Error Problems::report(const std::string& headline) const {
  TUG_CHECK(!empty());
  std::string message = headline;
  size_t kinds_left = 0;
  for (const Group& group : groups_) kinds_left += group.count > 0;
  for (size_t kind = 0; kind < groups_.size(); ++kind) {
    const Group& group = groups_[kind];
    if (group.count == 0) continue;
    const size_t room = kReportBytes - std::min(kReportBytes, message.size());
    message += listed(kPrefixes[kind], group.shown, group.count, room / kinds_left--);
  }
  if (group(Kind::kUnsupported).count > 0) return {ErrorCode::kUnsupported, message};
  if (group(Kind::kMissing).count > 0) return {ErrorCode::kNotFound, message};
  return {ErrorCode::kCorrupt, message};
}

}  // namespace tug
