#include "cli/files.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/units.h"

namespace tug {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors begin a UTF-8 file with it

std::string reason() { return std::string(": ") + std::strerror(errno) + "."; }

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

}  // namespace

Result<std::string> read_input(const std::string& path, int64_t bytes_max) {
  const std::string name = path == "-" ? "Standard input" : "The file " + path;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Error(ErrorCode::kInvalidArgument, path + " is a directory; a file was expected.");
  }
  const std::unique_ptr<std::FILE, Close> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) {
    return Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                 name + " cannot be opened" + reason());
  }
  std::string bytes;
  char buffer[1 << 16];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
    bytes.append(buffer, count);
    if (static_cast<int64_t>(bytes.size()) > bytes_max) {
      return Error(ErrorCode::kInvalidArgument,
                   name + " has more than " + format_size(bytes_max) + ", the limit.");
    }
  }
  if (std::ferror(file.get())) return Error(ErrorCode::kIo, name + " cannot be read" + reason());
  if (bytes.starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  return bytes;
}

Result<std::optional<std::string>> read_line(int64_t bytes_max) {
  std::string line;
  for (int c = std::fgetc(stdin); c != '\n'; c = std::fgetc(stdin)) {
    if (c == EOF && std::ferror(stdin))
      return Error(ErrorCode::kIo, "Standard input cannot be read" + reason());
    if (c == EOF) {
      if (line.empty()) return std::optional<std::string>();
      break;
    }
    if (static_cast<int64_t>(line.size()) == bytes_max) {
      return Error(ErrorCode::kInvalidArgument,
                   "A line of standard input has more than " + format_size(bytes_max) + ", the limit.");
    }
    line += static_cast<char>(c);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
  return std::optional(line);
}

Result<InputFile> InputFile::open(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Error(ErrorCode::kInvalidArgument, path + " is a directory; a file was expected.");
  }
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) {
    return Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                 "The file " + path + " cannot be opened" + reason());
  }
  return InputFile(path, file);
}

Status InputFile::read(std::span<std::byte> to) {
  if (std::fread(to.data(), 1, to.size(), file_.get()) == to.size()) return {};
  if (std::ferror(file_.get()))
    return Error(ErrorCode::kIo, "The file " + path_ + " cannot be read" + reason());
  return Error(ErrorCode::kCorrupt, "The file " + path_ + " ends too early.");
}

bool InputFile::at_end() {
  const int next = std::fgetc(file_.get());
  if (next != EOF) std::ungetc(next, file_.get());
  return next == EOF;
}

Result<NewFile> NewFile::create(const std::string& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return Error(ErrorCode::kInvalidArgument, path + " is not an ordinary file; choose another name.");
  }
  const std::string part = path + ".part-" + std::to_string(::getpid());
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (!file) return Error(ErrorCode::kIo, "The file " + path + " cannot be created" + reason());
  return NewFile(path, part, file);
}

NewFile::~NewFile() {
  if (!file_) return;
  file_.reset();
  ::unlink(part_.c_str());
}

Error NewFile::failure(const std::string& what) const {
  return Error(ErrorCode::kIo, "The file " + path_ + " cannot be " + what + reason());
}

Status NewFile::write(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return failure("written");
  return {};
}

Status NewFile::write(std::string_view text) { return write(as_bytes(text)); }

Status NewFile::extend(int64_t bytes) {
  if (std::fflush(file_.get()) != 0 || ::ftruncate(::fileno(file_.get()), bytes) != 0)
    return failure("extended to " + format_size(bytes));
  return {};
}

Status NewFile::commit() {
  if (std::fflush(file_.get()) != 0) return failure("written");
  if (std::rename(part_.c_str(), path_.c_str()) != 0) return failure("given its name");
  file_.reset();
  return {};
}

}  // namespace tug
