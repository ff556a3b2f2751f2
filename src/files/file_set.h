// The files of one model: those of a directory on disk, or names and bytes in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files/checkpoint.h"

namespace tug {

class FileSet {
 public:
  static FileSet on_disk(std::string directory);
  /// The files' bytes must outlive the set and what it opens.
  static FileSet in_memory(std::string name, const std::vector<NamedBytes>& files);

  /// The directory's path, or the name.
  const std::string& name() const { return name_; }

  /// A path for messages and for opening.
  std::string path_of(const std::string& file) const;
  bool has(const std::string& file) const;

  /// Names of the files that end in `suffix`, sorted; those in a folder of it, "folder/", with the folder's
  /// name before them, none when it is absent. Errors: kIo.
  Result<std::vector<std::string>> names_ending(std::string_view suffix,
                                                const std::string& folder = {}) const;

  /// Errors: as File::open(); kUnsupported for a Git LFS pointer.
  Result<File> open(const std::string& file) const;

  /// The whole file. Errors: as open(); kCorrupt when it is larger than `size_max`.
  Result<std::string> read_text(const std::string& file, int64_t size_max) const;

 private:
  FileSet(std::string name, bool on_disk) : name_(std::move(name)), on_disk_(on_disk) {}

  std::string name_;
  bool on_disk_;
  std::map<std::string, ByteView> memory_;
};

/// Errors: kUnsupported when the file is what Git leaves in place of a large file that was not fetched.
Status refuse_lfs_pointer(const File& file);

/// The whole file. Errors: kCorrupt when it is larger than `size_max`, kIo.
Result<std::string> read_text(const File& file, int64_t size_max);

}  // namespace tug
