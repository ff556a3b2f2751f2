#include "files/file_set.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/units.h"

namespace tug {

FileSet FileSet::on_disk(std::string directory) { return FileSet(std::move(directory), true); }

FileSet FileSet::in_memory(std::string name, const std::vector<NamedBytes>& files) {
  FileSet set(std::move(name), false);
  for (const NamedBytes& file : files) set.memory_.emplace(file.name, file.bytes);
  return set;
}

std::string FileSet::path_of(const std::string& file) const {
  return (std::filesystem::path(name_) / file).string();
}

bool FileSet::has(const std::string& file) const {
  return on_disk_ ? file_exists(path_of(file)) : memory_.contains(file);
}

Result<std::vector<std::string>> FileSet::names_ending(std::string_view suffix,
                                                       const std::string& folder) const {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : memory_) {
    const bool is_there = name.starts_with(folder) && name.find('/', folder.size()) == std::string::npos;
    if (is_there && name.ends_with(suffix)) names.push_back(name);
  }
  if (!on_disk_ || (!folder.empty() && !is_directory(path_of(folder)))) return names;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator it(path_of(folder), error); !error && it != end;
       it.increment(error)) {
    std::string name = folder + it->path().filename().string();
    if (name.ends_with(suffix) && has(name)) names.push_back(std::move(name));
  }
  if (error)
    return Error(ErrorCode::kIo,
                 "The directory " + path_of(folder) + " cannot be listed: " + error.message() + ".");
  std::sort(names.begin(), names.end());
  return names;
}

Result<File> FileSet::open(const std::string& file) const {
  if (on_disk_) {
    File opened = TUG_TRY(File::open(path_of(file)));
    TUG_TRY(refuse_lfs_pointer(opened));
    return opened;
  }
  const auto found = memory_.find(file);
  if (found != memory_.end()) return File::from_memory(path_of(file), found->second);
  return Error(ErrorCode::kNotFound, "The file " + path_of(file) + " does not exist.");
}

Result<std::string> FileSet::read_text(const std::string& file, int64_t size_max) const {
  return tug::read_text(TUG_TRY(open(file)), size_max);
}

Status refuse_lfs_pointer(const File& file) {
  constexpr std::string_view kStart = "version https://git-lfs.github.com/spec/";
  constexpr int64_t kBytesMax = 1024;
  if (file.size() > kBytesMax) return {};
  if (!TUG_TRY(read_text(file, kBytesMax)).starts_with(kStart)) return {};
  return Error(ErrorCode::kUnsupported, "The file " + file.name() +
                                            " is a Git LFS pointer, not the file itself; please run `git lfs "
                                            "pull` in its directory.");
}

Result<std::string> read_text(const File& file, int64_t size_max) {
  if (file.size() > size_max) {
    return Error(ErrorCode::kCorrupt, "The file " + file.name() + " has " + format_size(file.size()) +
                                          ", more than the " + format_size(size_max) +
                                          " that its kind may have.");
  }
  std::string text(static_cast<size_t>(file.size()), '\0');
  TUG_TRY(file.read(0, {reinterpret_cast<std::byte*>(text.data()), text.size()}));
  return text;
}

}  // namespace tug
