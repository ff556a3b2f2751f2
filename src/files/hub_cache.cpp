#include "files/hub_cache.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "platform/file.h"

namespace tug {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "models--";

/// Without "." and "..", and without a separator at the end.
fs::path normal(const std::string& directory) {
  std::error_code error;
  const fs::path path = fs::absolute(directory, error).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

/// The commit that refs/main names, when its snapshot is there.
std::optional<fs::path> main_snapshot(const fs::path& root) {
  constexpr int64_t kBytesMax = 256;
  const Result<File> file = File::open((root / "refs" / "main").string());
  if (!file.ok() || file.value().size() > kBytesMax) return std::nullopt;
  std::string commit(static_cast<size_t>(file.value().size()), '\0');
  if (!file.value().read(0, {reinterpret_cast<std::byte*>(commit.data()), commit.size()}).ok())
    return std::nullopt;
  commit.resize(std::min(commit.find_first_of(" \r\n"), commit.size()));
  const fs::path snapshot = root / "snapshots" / commit;
  const bool is_name = !commit.empty() && commit[0] != '.' && commit.find('/') == commit.npos;
  return is_name && is_directory(snapshot.string()) ? std::optional(snapshot) : std::nullopt;
}

std::optional<fs::path> newest_snapshot(const fs::path& root) {
  std::error_code error;
  std::optional<fs::path> newest;
  fs::file_time_type newest_time;
  const fs::directory_iterator end;
  for (fs::directory_iterator it(root / "snapshots", error); !error && it != end; it.increment(error)) {
    std::error_code unknown;
    const fs::file_time_type time = fs::last_write_time(it->path(), unknown);
    if (!is_directory(it->path().string()) || (newest && time <= newest_time)) continue;
    newest = it->path(), newest_time = time;
  }
  return newest;
}

}  // namespace

Result<std::string> resolve_hub_cache(const std::string& directory) {
  fs::path root = normal(directory);
  if (root.filename() == "snapshots") root = root.parent_path();
  else if (file_exists((root / "config.json").string())) return directory;
  const bool is_cache =
      root.filename().string().starts_with(kPrefix) || is_directory((root / "refs").string());
  if (!is_cache || !is_directory((root / "snapshots").string())) return directory;
  std::optional<fs::path> snapshot = main_snapshot(root);
  if (!snapshot) snapshot = newest_snapshot(root);
  if (snapshot) return snapshot->string();
  return Error(ErrorCode::kNotFound, "The cache folder " + directory +
                                         " holds no snapshot of the model; please download the model again.");
}

std::string hub_model_name(const std::string& directory) {
  const fs::path path = normal(directory);
  const std::string folder = path.parent_path().parent_path().filename().string();
  if (path.parent_path().filename() != "snapshots" || !folder.starts_with(kPrefix)) return "";
  const size_t owner_end = folder.find("--", kPrefix.size());
  return folder.substr(owner_end == folder.npos ? kPrefix.size() : owner_end + 2);
}

}  // namespace tug
