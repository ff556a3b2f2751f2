#include "files/checkpoint.h"

#include <array>
#include <filesystem>

#include "base/check.h"
#include "base/printable.h"
#include "files/checkpoint_builder.h"
#include "files/hub_cache.h"

namespace tug {
namespace {

constexpr int64_t kTokenizerBytesMax = int64_t{64} << 20;
constexpr int64_t kFloatsMax = int64_t{1} << 24;

Error unsupported(std::string message) { return Error(ErrorCode::kUnsupported, std::move(message)); }

/// The last name in a path, whatever the path looks like ("models/x/", ".").
std::string last_name(const std::string& path) {
  std::error_code error;
  std::filesystem::path full = std::filesystem::absolute(path, error).lexically_normal();
  if (!full.has_filename()) full = full.parent_path();
  return full.filename().string();
}

Result<bool> starts_like_gguf(const std::string& path) {
  const File file = TUG_TRY(File::open(path));
  TUG_TRY(refuse_lfs_pointer(file));
  std::array<std::byte, 4> magic{};
  if (file.size() < static_cast<int64_t>(magic.size())) return false;
  TUG_TRY(file.read(0, magic));
  return std::memcmp(magic.data(), "GGUF", magic.size()) == 0;
}

/// Why a file that is not GGUF cannot be opened as a model.
Error wrong_file_error(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".safetensors" || extension == ".json") {
    return unsupported("The file " + path.string() +
                       " is a part of a Hugging Face model; please give the directory that holds it.");
  }
  for (const char* pytorch : {".bin", ".pt", ".pth", ".ckpt"}) {
    if (extension != pytorch) continue;
    return unsupported("The file " + path.string() +
                       " looks like PyTorch weights; please convert them to safetensors.");
  }
  return unsupported(
      "The file " + path.string() +
      " is not a model; a GGUF file, or a directory with config.json and safetensors, is expected.");
}

Result<Checkpoint> open_file(const std::string& path) {
  const std::filesystem::path parts(path);
  if (parts.extension() != ".gguf" && !TUG_TRY(starts_like_gguf(path))) return wrong_file_error(parts);
  return CheckpointBuilder::open_gguf(FileSet::on_disk(parts.parent_path().string()),
                                      parts.filename().string());
}

}  // namespace

int64_t Shape::elements() const {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i) count *= (*this)[i];
  return count;
}

std::string Shape::text() const {
  std::string out = "[";
  for (int i = 0; i < rank; ++i) out += (i ? ", " : "") + std::to_string((*this)[i]);
  return out + "]";
}

Result<Checkpoint> Checkpoint::open(const std::string& path) {
  if (!is_directory(path)) return open_file(path);
  const std::string directory = TUG_TRY(resolve_hub_cache(path));
  Checkpoint checkpoint = TUG_TRY(CheckpointBuilder::open_directory(FileSet::on_disk(directory)));
  const std::string hub_name = hub_model_name(directory);
  checkpoint.name_ = hub_name.empty() ? last_name(directory) : hub_name;
  return checkpoint;
}

Result<Checkpoint> Checkpoint::from_memory(std::string name, std::vector<NamedBytes> files) {
  Checkpoint checkpoint = TUG_TRY(CheckpointBuilder::open_directory(FileSet::in_memory(name, files)));
  checkpoint.name_ = std::move(name);
  return checkpoint;
}

void CheckpointBuilder::keep(TensorTable& table, Checkpoint& checkpoint) {
  checkpoint.tensors_ = std::move(table.tensors());
  checkpoint.unreadable_ = std::move(table.unreadable());
}

const Tensor* Checkpoint::find(std::string_view name) const { return find_tensor(tensors_, name); }

std::string_view Checkpoint::unreadable_dtype(std::string_view name) const {
  const auto found = unreadable_.find(name);
  return found == unreadable_.end() ? std::string_view() : found->second;
}

Status Checkpoint::read(const Extent& extent, MutableByteView to) const {
  TUG_CHECK(extent.file >= 0 && static_cast<size_t>(extent.file) < files_.size());
  TUG_CHECK(static_cast<int64_t>(to.size()) == extent.size);
  return files_[static_cast<size_t>(extent.file)].read(extent.offset, to);
}

Result<std::vector<float>> Checkpoint::read_floats(const Tensor& tensor) const {
  const int64_t elements = tensor.shape.elements();
  if (elements > kFloatsMax) {
    return Error(ErrorCode::kInvalidArgument, "The tensor " + tensor.name + " with the shape " +
                                                  tensor.shape.text() +
                                                  " is too large to be read as a whole.");
  }
  std::vector<std::byte> raw(static_cast<size_t>(tensor.bytes.size));
  TUG_TRY(read(tensor.bytes, raw).in("tensor " + tensor.name));
  std::vector<float> floats(static_cast<size_t>(elements));
  const TypeInfo& info = type_info(tensor.type);
  info.decode(raw.data(), elements / info.block_elements, floats.data());
  return floats;
}

Result<std::string> Checkpoint::tokenizer_json() const {
  return tokenizer_ ? read_text(*tokenizer_, kTokenizerBytesMax) : std::string();
}

Result<ChatTemplates> Checkpoint::chat_templates() const {
  constexpr std::string_view kKey = "tokenizer.chat_template";
  ChatTemplates templates = chat_templates_;
  for (auto entry = metadata_.lower_bound(kKey); entry != metadata_.end(); ++entry) {
    const auto& [key, value] = *entry;
    if (!key.starts_with(kKey)) break;
    if (key.size() > kKey.size() && key[kKey.size()] != '.') continue;  // another key, such as ..._templates
    const auto* text = std::get_if<std::string_view>(&value);
    if (text == nullptr) return Error(ErrorCode::kCorrupt, "The key " + printable(key) + " is not a text.");
    templates[key == kKey ? "default" : key.substr(kKey.size() + 1)] = *text;
  }
  return templates;
}

}  // namespace tug
