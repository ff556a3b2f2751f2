// The inside of Checkpoint::open(): one function per kind of model on disk.
#pragma once

#include <string>

#include "files/checkpoint.h"
#include "files/file_set.h"
#include "files/tensor_table.h"

namespace tug {

class CheckpointBuilder {
 public:
  /// A GGUF file of the set, or the split set that it is a part of.
  static Result<Checkpoint> open_gguf(const FileSet& set, const std::string& file);

  /// A set with config.json and safetensors, or with GGUF alone.
  static Result<Checkpoint> open_directory(const FileSet& set);

 private:
  static Status read_hugging_face(const FileSet& set, Checkpoint& checkpoint);
  /// Opens and reads the shards and finishes the table.
  static Status read_shards(const FileSet& set, const std::vector<std::string>& shards, TensorTable& table,
                            Checkpoint& checkpoint);
  /// Hands the finished table over.
  static void keep(TensorTable& table, Checkpoint& checkpoint);
};

}  // namespace tug
