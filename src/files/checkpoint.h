// A model on disk: where its tensors lie and what it says about itself. Nothing here knows an architecture.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "platform/file.h"
#include "tensor/type.h"

namespace tug {

/// Bytes in one of a checkpoint's files.
struct Extent {
  int32_t file = -1;
  int64_t offset = 0;
  int64_t size = 0;
};

/// Dimensions, outermost first (as PyTorch writes them; GGUF's order is reversed on reading).
struct Shape {
  static constexpr int kRankMax = 6;
  int32_t rank = 0;
  std::array<int64_t, kRankMax> dims{};

  int64_t operator[](int i) const { return dims[static_cast<size_t>(i)]; }
  int64_t elements() const;  // 1 for rank 0; readers guarantee that it fits
  bool operator==(const Shape&) const = default;
  std::string text() const;  // "[512, 4096, 8192]"
};

struct Tensor {
  std::string name;
  Type type = Type::kF32;
  Shape shape;
  Extent bytes;
};

/// A value of GGUF metadata: integers of all widths are int64, floats double; texts point into the header.
/// Integers from 2^63 are double, truth values other than 0 and 1 int64. Of arrays of arrays nothing is kept.
using GgufValue = std::variant<std::monostate, int64_t, double, bool, std::string_view, std::vector<int64_t>,
                               std::vector<double>, std::vector<bool>, std::vector<std::string_view>>;
using GgufMetadata = std::map<std::string, GgufValue, std::less<>>;

enum class CheckpointFormat { kGguf, kHuggingFace };

/// An in-memory file of a Hugging Face directory.
struct NamedBytes {
  std::string name;
  ByteView bytes;
};

/// Sources of chat templates by name; the ordinary one is "default".
using ChatTemplates = std::map<std::string, std::string, std::less<>>;

/// An opened model: headers read and checked, weights not. Movable. Guarantees: every tensor's extent lies in
/// its file, has exactly the size of its shape and type, and its row length is a multiple of its block.
class Checkpoint {
 public:
  /// `path`: a GGUF file (any part of a split set), a directory with config.json and safetensors (or one
  /// GGUF), or a cache folder of Hugging Face's library. Errors: kNotFound, kCorrupt, kUnsupported, kIo, with
  /// the file's name.
  static Result<Checkpoint> open(const std::string& path);
  /// The same for files in memory (no split sets); their bytes must outlive the checkpoint.
  static Result<Checkpoint> from_memory(std::string name, std::vector<NamedBytes> files);

  const std::string& name() const { return name_; }
  CheckpointFormat format() const { return format_; }

  /// Sorted by name.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  const Tensor* find(std::string_view name) const;
  /// The element type, as the file writes it, of a tensor that is there but of a type that Tugboat does not
  /// read (I64, F8_E5M2, ...): such a tensor is not in the table. Empty: there is no such tensor.
  std::string_view unreadable_dtype(std::string_view name) const;

  const std::vector<File>& files() const { return files_; }
  Status read(const Extent& extent, MutableByteView to) const;

  /// A tensor as float32, for small ones. Errors: kIo, kCorrupt; kInvalidArgument above 2^24 elements.
  Result<std::vector<float>> read_floats(const Tensor& tensor) const;

  // What the model says about itself. Hugging Face: JSON files, null when absent. GGUF: metadata.
  const Json& config() const { return config_; }
  const Json& generation_config() const { return generation_config_; }
  const Json& tokenizer_config() const { return tokenizer_config_; }
  const GgufMetadata& metadata() const { return metadata_; }

  /// Contents of tokenizer.json; empty when there is none (GGUF has its vocabulary in the metadata).
  Result<std::string> tokenizer_json() const;
  /// The chat templates that the files or the metadata hold.
  Result<ChatTemplates> chat_templates() const;

 private:
  friend class CheckpointBuilder;
  std::string name_;
  CheckpointFormat format_ = CheckpointFormat::kHuggingFace;
  std::vector<Tensor> tensors_;
  std::vector<File> files_;
  std::map<std::string, std::string, std::less<>> unreadable_;  // name -> element type
  std::optional<File> tokenizer_;                               // tokenizer.json
  std::shared_ptr<const std::byte[]> header_;                   // what metadata's texts point into
  GgufMetadata metadata_;
  Json config_, generation_config_, tokenizer_config_;
  ChatTemplates chat_templates_;
};

}  // namespace tug
