// Positioned reads on a descriptor, plus a second descriptor that goes past the page cache.
#include "platform/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/units.h"

namespace tug {
namespace {

// Linux transfers at most 2 GiB - 4 KiB per call.
constexpr int64_t kReadBytesMax = int64_t{1} << 30;

/// Every shard of a checkpoint takes two descriptors; the usual soft limit of 1,024 ends before the hard one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Why O_NONBLOCK: a named pipe would block here before we can see that it is one.
int open_descriptor(const std::string& path, int extra_flags) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | extra_flags;
  int descriptor = ::open(path.c_str(), flags);
  if (descriptor >= 0 || errno != EMFILE) return descriptor;
  raise_descriptor_limit();
  return ::open(path.c_str(), flags);
}

Error io_error(const std::string& path, const std::string& what) {
  return Error(ErrorCode::kIo, "The file " + path + " " + what + ".");
}

Error open_error(const std::string& path, int cause) {
  if (cause == ENOENT || cause == ENOTDIR) {
    return Error(ErrorCode::kNotFound, "The file " + path + " does not exist.");
  }
  return io_error(path, std::string("cannot be opened: ") + std::strerror(cause));
}

/// One pread, repeated when a signal interrupts it. Returns -1 with errno on failure.
int64_t read_once(int descriptor, int64_t offset, MutableByteView to) {
  const auto size = static_cast<size_t>(std::min(static_cast<int64_t>(to.size()), kReadBytesMax));
  ssize_t got;
  do {
    got = ::pread(descriptor, to.data(), size, offset);
  } while (got < 0 && errno == EINTR);
  return got;
}

/// Fills `to`; the file shrank when it ends before that.
Status read_all(int descriptor, const std::string& path, int64_t offset, MutableByteView to) {
  while (!to.empty()) {
    const int64_t got = read_once(descriptor, offset, to);
    if (got < 0) return io_error(path, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) {
      return Error(ErrorCode::kCorrupt, "The file " + path +
                                            " became shorter while it was read: it ends at byte " +
                                            std::to_string(offset) + " now.");
    }
    offset += got;
    to = to.subspan(static_cast<size_t>(got));
  }
  return {};
}

}  // namespace

struct File::Source {
  std::string name;
  int64_t size = 0;
  int descriptor = -1;         // -1: in memory
  int direct_descriptor = -1;  // -1: the file system refuses O_DIRECT
  const std::byte* memory = nullptr;

  Source() = default;
  Source(const Source&) = delete;
  ~Source() {
    if (descriptor >= 0) ::close(descriptor);
    if (direct_descriptor >= 0) ::close(direct_descriptor);
  }
};

Result<File> File::open(const std::string& path) {
  auto source = std::make_shared<Source>();
  source->name = path;
  source->descriptor = open_descriptor(path, 0);
  if (source->descriptor < 0) return open_error(path, errno);
  struct stat info {};
  if (::fstat(source->descriptor, &info) != 0) return open_error(path, errno);
  if (S_ISDIR(info.st_mode)) return io_error(path, "is a directory");
  if (!S_ISREG(info.st_mode)) return io_error(path, "is not a regular file");
  source->size = info.st_size;
  source->direct_descriptor = open_descriptor(path, O_DIRECT);
  return File(std::move(source));
}

File File::from_memory(std::string name, ByteView bytes) {
  auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->size = static_cast<int64_t>(bytes.size());
  source->memory = bytes.data();
  return File(std::move(source));
}

const std::string& File::name() const { return source_->name; }
int64_t File::size() const { return source_->size; }

Status File::read(int64_t offset, MutableByteView to) const {
  int64_t end = 0;
  if (!checked_add(offset, static_cast<int64_t>(to.size()), &end) || end > size()) {
    return Error(ErrorCode::kCorrupt, "The file " + name() + " has " + std::to_string(size()) +
                                          " bytes, but " + std::to_string(to.size()) + " bytes at offset " +
                                          std::to_string(offset) + " are needed.");
  }
  if (source_->descriptor >= 0) return read_all(source_->descriptor, name(), offset, to);
  if (!to.empty()) std::memcpy(to.data(), source_->memory + offset, to.size());
  return {};
}

void File::expect(int64_t offset, int64_t size) const {
  constexpr int64_t kAtOnce = 128 << 10;  // of a larger range, Linux reads only the beginning
  if (source_->descriptor < 0) return;
  for (const int64_t end = offset + size; offset < end; offset += kAtOnce)
    ::posix_fadvise(source_->descriptor, offset, std::min(kAtOnce, end - offset), POSIX_FADV_WILLNEED);
}

Status File::read_direct(int64_t offset, MutableByteView to) const {
  const int64_t inside = std::clamp<int64_t>(size() - offset, 0, static_cast<int64_t>(to.size()));
  const bool to_end = offset + inside >= size();
  TUG_CHECK(offset >= 0 && offset % kDirectAlignment == 0);
  TUG_CHECK(reinterpret_cast<uintptr_t>(to.data()) % kDirectAlignment == 0);
  TUG_CHECK(to_end || to.size() % kDirectAlignment == 0);

  int64_t done = 0;
  // The device reads whole sectors, also beyond the file's end: a partial last one comes buffered.
  const int64_t whole = inside / kDirectAlignment * kDirectAlignment;
  while (source_->direct_descriptor >= 0 && done < whole && done % kDirectAlignment == 0) {
    const MutableByteView part = to.subspan(static_cast<size_t>(done), static_cast<size_t>(whole - done));
    const int64_t got = read_once(source_->direct_descriptor, offset + done, part);
    if (got <= 0) break;  // refused here after all, or shrunk: the buffered read decides
    done += got;
  }
  if (done == inside) return {};
  TUG_TRY(read(offset + done, to.subspan(static_cast<size_t>(done), static_cast<size_t>(inside - done))));
  if (source_->descriptor >= 0) {
    ::posix_fadvise(source_->descriptor, offset + done, inside - done, POSIX_FADV_DONTNEED);
  }
  return {};
}

bool file_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace tug
