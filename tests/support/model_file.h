// A fixture with one random model in a file.
#pragma once

#include <gtest/gtest.h>

#include "support/random_model.h"
#include "support/temp_dir.h"

namespace tug {

class ModelFile : public testing::Test {
 protected:
  void write(const RandomModel& shape) {
    path_ = directory_ / "m.gguf";
    make_random_model(shape).write(path_);
  }
  TempDir directory_;
  std::string path_;
};

}  // namespace tug
