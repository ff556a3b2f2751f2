// A folder that looks like / to those who ask the system for its memory.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

namespace tug {

class SystemTree {
 public:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = directory_ / path;
    std::filesystem::create_directories(file.parent_path());
    const std::filesystem::path fresh = file.string() + ".new";  // readers never see half of it
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, file);
  }
  void write(const std::string& path, int64_t number) { write(path, std::to_string(number) + "\n"); }
  void available(int64_t bytes) {
    write("proc/meminfo", "MemTotal: 99 kB\nMemAvailable:   " + std::to_string(bytes / 1024) + " kB\n");
  }
  std::string root() const { return directory_ / "."; }

 private:
  TempDir directory_;
};

}  // namespace tug
