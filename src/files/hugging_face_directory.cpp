// A directory as Hugging Face lays it out: JSON files and safetensors.
#include <algorithm>

#include "base/printable.h"
#include "files/chat_templates.h"
#include "files/checkpoint_builder.h"
#include "files/gguf_reader.h"
#include "files/gguf_split.h"
#include "files/safetensors_index.h"
#include "files/safetensors_reader.h"

namespace tug {
namespace {

constexpr const char* kConfig = "config.json";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kSingleFile = "model.safetensors";

// A parsed document takes up to 100 times its text; real configs have at most some hundred KiB.
constexpr int64_t kConfigBytesMax = int64_t{512} << 10;
constexpr int64_t kGenerationConfigBytesMax = int64_t{64} << 10;
constexpr int64_t kIndexBytesMax = int64_t{64} << 20;

Result<Json> read_object(const FileSet& set, const std::string& file, int64_t size_max) {
  const std::string context = "file " + set.path_of(file);
  const std::string text = TUG_TRY(set.read_text(file, size_max));
  Json json = TUG_TRY(parse_json(text).in(context));
  if (json.is_object()) return json;
  return Error(ErrorCode::kCorrupt, "The JSON text should be an object.").in(context);
}

Result<Json> read_object_if_there(const FileSet& set, const std::string& file, int64_t size_max) {
  return set.has(file) ? read_object(set, file, size_max) : Json();
}

/// The index; none when there is none, or one that was left behind when its shards became one file.
Result<std::optional<ShardIndex>> read_index(const FileSet& set) {
  if (!set.has(kIndex)) return std::optional<ShardIndex>();
  const std::string json = TUG_TRY(set.read_text(kIndex, kIndexBytesMax));
  ShardIndex index = TUG_TRY(read_shard_index(as_bytes(json)).in("file " + set.path_of(kIndex)));
  const auto is_there = [&](const std::string& shard) { return set.has(shard); };
  const bool is_whole = std::all_of(index.shards.begin(), index.shards.end(), is_there);
  if (!is_whole && set.has(kSingleFile)) return std::optional<ShardIndex>();
  return std::optional(std::move(index));
}

/// What the directory holds instead of a model.
Error no_model_error(const FileSet& set) {
  for (const char* suffix : {".bin", ".pt", ".pth", ".ckpt"}) {
    const Result<std::vector<std::string>> found = set.names_ending(suffix);
    if (!found.ok() || found.value().empty()) continue;
    return Error(ErrorCode::kUnsupported, "The directory " + set.name() + " has PyTorch weights (" +
                                              found.value()[0] + "); please convert them to safetensors.");
  }
  return Error(ErrorCode::kNotFound,
               "The directory " + set.name() +
                   " holds no model: no safetensors with a config.json, and no GGUF file.");
}

/// Whether the file stands beside a model: a vision part, an adapter. One that cannot be read is no such
/// file.
bool is_companion(const FileSet& set, const std::string& file) {
  TensorTable table;
  const Result<File> opened = set.open(file);
  if (!opened.ok()) return false;
  const Result<GgufHeader> header = read_gguf(opened.value(), 0, table);
  return header.ok() && !gguf_companion(header.value().metadata).empty();
}

/// Leaves the models among GGUF files, unless there is none.
void drop_companions(const FileSet& set, std::vector<std::string>& files) {
  std::vector<std::string> kept;
  for (const std::string& file : files) {
    const bool is_named_so = file.find("mmproj") != file.npos;
    if (!is_named_so && !is_companion(set, file)) kept.push_back(file);
  }
  if (!kept.empty()) files = std::move(kept);
}

/// The one GGUF model of the directory.
Result<std::string> only_gguf(const FileSet& set, const std::vector<std::string>& files) {
  std::vector<std::string> models;
  for (const std::string& file : files) {
    const std::optional<GgufPartName> part = parse_gguf_part_name(file);
    if (!part || part->number == 1) models.push_back(file);
  }
  if (models.empty()) return files.front();  // parts without the first: opening one says what is missing
  if (models.size() > 1) drop_companions(set, models);
  if (models.size() == 1) return models.front();
  std::string list;
  for (size_t i = 0; i < std::min<size_t>(models.size(), 5); ++i)
    list += (i ? ", " : "") + printable(models[i]);
  return Error(ErrorCode::kUnsupported,
               "The directory " + set.name() + " holds " + std::to_string(models.size()) +
                   " GGUF models; please give the path of one of them: " + list + ".");
}

}  // namespace

Status CheckpointBuilder::read_shards(const FileSet& set, const std::vector<std::string>& shards,
                                      TensorTable& table, Checkpoint& checkpoint) {
  for (const std::string& shard : shards) {
    const auto number = static_cast<int32_t>(checkpoint.files_.size());
    checkpoint.files_.push_back(TUG_TRY(set.open(shard)));
    TUG_TRY(read_safetensors(checkpoint.files_.back(), number, table));
  }
  return table.finish();
}

Status CheckpointBuilder::read_hugging_face(const FileSet& set, Checkpoint& checkpoint) {
  checkpoint.config_ = TUG_TRY(read_object(set, kConfig, kConfigBytesMax));
  checkpoint.generation_config_ =
      TUG_TRY(read_object_if_there(set, "generation_config.json", kGenerationConfigBytesMax));
  checkpoint.tokenizer_config_ = TUG_TRY(read_object_if_there(set, "tokenizer_config.json", kConfigBytesMax));
  checkpoint.chat_templates_ = TUG_TRY(read_chat_templates(set, checkpoint.tokenizer_config_));
  if (set.has("tokenizer.json")) checkpoint.tokenizer_ = TUG_TRY(set.open("tokenizer.json"));

  TensorTable table;
  const std::optional<ShardIndex> index = TUG_TRY(read_index(set));
  if (index) {
    table.reserve(static_cast<int64_t>(index->entries.size()));
    TUG_TRY(read_shards(set, index->shards, table, checkpoint));
    TUG_TRY(check_shard_index(*index, table).in("file " + set.path_of(kIndex)));
  } else if (set.has(kSingleFile)) {
    TUG_TRY(read_shards(set, {kSingleFile}, table, checkpoint));
  } else {
    TUG_TRY(read_shards(set, TUG_TRY(set.names_ending(".safetensors")), table, checkpoint));
  }
  keep(table, checkpoint);
  return {};
}

Result<Checkpoint> CheckpointBuilder::open_directory(const FileSet& set) {
  const bool has_safetensors = set.has(kIndex) || !TUG_TRY(set.names_ending(".safetensors")).empty();
  if (!set.has(kConfig) || !has_safetensors) {
    const std::vector<std::string> gguf = TUG_TRY(set.names_ending(".gguf"));
    if (!gguf.empty()) return open_gguf(set, TUG_TRY(only_gguf(set, gguf)));
    if (!has_safetensors) return no_model_error(set);
    return Error(ErrorCode::kNotFound, "The directory " + set.name() +
                                           " has safetensors but no config.json, which describes the model.");
  }
  Checkpoint checkpoint;
  checkpoint.format_ = CheckpointFormat::kHuggingFace;
  TUG_TRY(read_hugging_face(set, checkpoint).in("model " + set.name()));
  return checkpoint;
}

}  // namespace tug
