// Reads return exactly the bytes of the file, past the cache too, and say what is wrong with a path.
#include "platform/file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "support/expect.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 131 + i / 4096);
  return text;
}

std::string read_string(const File& file, int64_t offset, size_t size) {
  std::string text(size, '?');
  EXPECT_OK(file.read(offset, {reinterpret_cast<std::byte*>(text.data()), size}));
  return text;
}

/// read_direct() into an aligned buffer that was filled with '?'.
std::string read_direct_string(const File& file, int64_t offset, size_t size) {
  const size_t room = (size + 4095) / 4096 * 4096 + 4096;
  const std::unique_ptr<char, decltype(&std::free)> buffer(static_cast<char*>(std::aligned_alloc(4096, room)),
                                                           &std::free);
  std::fill_n(buffer.get(), room, '?');
  EXPECT_OK(file.read_direct(offset, {reinterpret_cast<std::byte*>(buffer.get()), size}));
  EXPECT_EQ(std::string(buffer.get() + size, room - size), std::string(room - size, '?'));
  return {buffer.get(), size};
}

ErrorCode code_of(const Result<File>& result) {
  return result.ok() ? ErrorCode::kInternal : result.error().code();
}

TEST(File, ReadsWhatWasWritten) {
  const TempDir dir;
  const std::string text = pattern(10'000);
  File copy = File::from_memory("", {});
  {
    const File file = value_of(File::open(dir.write("a", text)));
    EXPECT_EQ(file.size(), 10'000);
    EXPECT_EQ(file.name(), dir / "a");
    copy = file;
  }
  for (const File& file : {copy, File::from_memory("m", as_bytes(text))}) {
    EXPECT_EQ(read_string(file, 0, 10'000), text);
    EXPECT_EQ(read_string(file, 9'999, 1), text.substr(9'999));
    EXPECT_EQ(read_string(file, 10'000, 0), "");
    EXPECT_EQ(read_string(file, 4'097, 17), text.substr(4'097, 17));
  }
}

TEST(File, RefusesRangesOutside) {
  const TempDir dir;
  const std::string text = pattern(100);
  std::byte room[200];
  for (const File& file :
       {value_of(File::open(dir.write("a", text))), File::from_memory("m", as_bytes(text))}) {
    for (const auto& [offset, size] :
         {std::pair<int64_t, size_t>{0, 101}, {100, 1}, {-1, 2}, {INT64_MAX, 1}, {INT64_MIN, 0}}) {
      const Status status = file.read(offset, {room, size});
      ASSERT_FALSE(status.ok()) << offset;
      EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
    }
  }
}

TEST(File, DirectReadsEndWithTheFile) {
  const TempDir dir;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{4096}, size_t{10'000}, size_t{3 << 20} + 7}) {
    const std::string text = pattern(size);
    const std::string path = dir.write("a", text);
    for (const File& file : {value_of(File::open(path)), File::from_memory("m", as_bytes(text))}) {
      const size_t whole = size / 4096 * 4096;
      EXPECT_TRUE(read_direct_string(file, 0, whole) == text.substr(0, whole));
      EXPECT_TRUE(read_direct_string(file, 0, size) == text);
      EXPECT_TRUE(read_direct_string(file, 0, whole + 8192) == text + std::string(whole + 8192 - size, '?'));
      EXPECT_TRUE(read_direct_string(file, static_cast<int64_t>(whole), 4096) ==
                  text.substr(whole) + std::string(4096 - (size - whole), '?'));
      EXPECT_TRUE(read_direct_string(file, static_cast<int64_t>(whole) + 4096, 4096) ==
                  std::string(4096, '?'));
    }
  }
}

TEST(File, ReadsBeyondFourGiB) {
  const TempDir dir;
  const std::string path = dir.write("sparse", "begin");
  std::filesystem::resize_file(path, (uintmax_t{5} << 30) + 3);
  const File file = value_of(File::open(path));
  EXPECT_EQ(file.size(), (int64_t{5} << 30) + 3);
  EXPECT_EQ(read_string(file, int64_t{5} << 30, 3), std::string(3, '\0'));
  EXPECT_TRUE(read_direct_string(file, int64_t{5} << 30, 4096) ==
              std::string(3, '\0') + std::string(4093, '?'));
}

TEST(File, AFileThatShrinksIsAnError) {
  const TempDir dir;
  const std::string path = dir.write("a", pattern(20'000));
  const File file = value_of(File::open(path));
  std::filesystem::resize_file(path, 5'000);
  std::byte room[20'000];
  const Status status = file.read(0, room);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
  alignas(4096) std::byte aligned[8192];
  EXPECT_FALSE(file.read_direct(0, aligned).ok());
}

TEST(File, OpensRegularFilesOnly) {
  const TempDir dir;
  EXPECT_EQ(code_of(File::open(dir / "missing")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(File::open(dir.write("a", "x") + "/b")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(File::open(dir.path())), ErrorCode::kIo);
  EXPECT_EQ(code_of(File::open("/dev/zero")), ErrorCode::kIo);
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of(File::open(dir / "pipe")), ErrorCode::kIo);  // and does not wait for a writer
  EXPECT_TRUE(file_exists(dir / "a"));
  EXPECT_FALSE(file_exists(dir.path()));
  EXPECT_FALSE(file_exists(dir / "pipe"));
  EXPECT_TRUE(is_directory(dir.path()));
  EXPECT_FALSE(is_directory(dir / "a"));
}

TEST(File, ManyShardsRaiseTheLimitOfDescriptors) {
  const TempDir dir;
  const std::string path = dir.write("a", "x");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{32, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<File> files;
  for (int i = 0; i < 40; ++i) files.push_back(value_of(File::open(path)));
  EXPECT_EQ(read_string(files.back(), 0, 1), "x");
  files.clear();
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace tug
