#include "files/header_window.h"

#include <algorithm>

#include "base/units.h"

namespace tug {
namespace {

constexpr int64_t kFirstRead = int64_t{64} << 10;

}  // namespace

// Why the whole room at once: pages that are never filled take no memory, and the views stay where they are.
HeaderWindow::HeaderWindow(const File& file)
    : file_(file),
      buffer_(std::make_shared_for_overwrite<std::byte[]>(
          static_cast<size_t>(std::min(file.size(), kBytesMax)))) {}

Result<ByteView> HeaderWindow::take(uint64_t count) {
  if (count > static_cast<uint64_t>(remaining())) {
    return Error(ErrorCode::kCorrupt, "The file ends inside its header: " + std::to_string(count) +
                                          " bytes are needed at offset " + std::to_string(position_) + ", " +
                                          std::to_string(remaining()) + " are there.");
  }
  const int64_t end = position_ + static_cast<int64_t>(count);
  if (end > filled_) TUG_TRY(fill(end));
  const ByteView view(buffer_.get() + position_, count);
  position_ = end;
  return view;
}

Status HeaderWindow::expect(uint64_t count, int64_t bytes_each, const char* what) const {
  if (count <= static_cast<uint64_t>(remaining() / bytes_each)) return {};
  return Error(ErrorCode::kCorrupt, "The header promises " + std::to_string(count) + " " + what +
                                        ", but only " + std::to_string(remaining()) +
                                        " bytes of the file are left.");
}

Status HeaderWindow::fill(int64_t end) {
  const int64_t room = std::min(file_.size(), kBytesMax);
  if (end > room) {
    return Error(ErrorCode::kUnsupported,
                 "The header is larger than " + format_size(kBytesMax) + ", the most that Tugboat reads.");
  }
  const int64_t target = std::min(room, std::max({end, kFirstRead, 2 * filled_}));
  TUG_TRY(file_.read(filled_, {buffer_.get() + filled_, static_cast<size_t>(target - filled_)}));
  filled_ = target;
  return {};
}

}  // namespace tug
