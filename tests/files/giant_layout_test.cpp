// The headers of Qwen3.8-2.4T-A95B-FP8 at full size: 287,119 tensors in 94 sparse shards of 2.5 TB.
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/units.h"
#include "files/checkpoint.h"
#include "platform/memory.h"
#include "support/expect.h"
#include "support/safetensors_writer.h"
#include "support/sanitized.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

constexpr int64_t kHidden = 8192, kWidth = 2048, kExperts = 512, kVocabulary = 248320;
constexpr int kLayers = 92;

/// Describes tensors of one shard, and lists them in the index.
class Shard {
 public:
  Shard(std::string file, std::string* index) : file_(std::move(file)), index_(index) {}

  void add(const std::string& name, Type type, const std::vector<int64_t>& shape) {
    int64_t size = type_info(type).block_bytes;
    for (const int64_t dim : shape) size *= dim;
    writer_.describe(name, type_info(type).name, shape, size);
    *index_ += (index_->empty() ? "\"" : ",\n\"") + name + "\": \"" + file_ + "\"";
  }
  void add_fp8(const std::string& name, int64_t rows, int64_t cols) {
    add(name + ".weight", Type::kF8_E4M3, {rows, cols});
    add(name + ".weight_scale_inv", Type::kBF16, {rows / 128, cols / 128});
  }
  void write(const TempDir& dir) const {
    const std::string path = dir.write(file_, writer_.header());
    std::filesystem::resize_file(path, static_cast<uintmax_t>(writer_.file_size()));
  }

 private:
  std::string file_;
  std::string* index_;
  SafetensorsWriter writer_;
};

void add_feed_forward(Shard& shard, const std::string& layer) {
  const std::string mlp = layer + "mlp.";
  for (const char* norm : {"input_layernorm", "post_attention_layernorm"}) {
    shard.add(layer + norm + ".weight", Type::kBF16, {kHidden});
  }
  shard.add(mlp + "gate.weight", Type::kBF16, {kExperts, kHidden});
  shard.add(mlp + "shared_expert_gate.weight", Type::kBF16, {1, kHidden});
  for (const char* name : {"gate", "up"}) {
    shard.add(mlp + "shared_expert." + name + "_proj.weight", Type::kBF16, {kWidth, kHidden});
  }
  shard.add(mlp + "shared_expert.down_proj.weight", Type::kBF16, {kHidden, kWidth});
  for (int64_t e = 0; e < kExperts; ++e) {
    const std::string expert = mlp + "experts." + std::to_string(e) + ".";
    shard.add_fp8(expert + "gate_proj", kWidth, kHidden);
    shard.add_fp8(expert + "up_proj", kWidth, kHidden);
    shard.add_fp8(expert + "down_proj", kHidden, kWidth);
  }
}

void add_attention(Shard& shard, const std::string& layer) {
  const std::string attention = layer + "self_attn.";
  shard.add(attention + "q_proj.weight", Type::kBF16, {64 * 512, kHidden});
  for (const char* name : {"k", "v"})
    shard.add(attention + name + "_proj.weight", Type::kBF16, {4 * 256, kHidden});
  shard.add(attention + "o_proj.weight", Type::kBF16, {kHidden, 64 * 256});
  for (const char* name : {"q", "k"}) shard.add(attention + name + "_norm.weight", Type::kBF16, {256});
}

void add_delta_net(Shard& shard, const std::string& layer) {
  const std::string mixer = layer + "linear_attn.";
  shard.add(mixer + "in_proj_qkv.weight", Type::kBF16, {20480, kHidden});
  shard.add(mixer + "in_proj_z.weight", Type::kBF16, {16384, kHidden});
  for (const char* name : {"a", "b"})
    shard.add(mixer + "in_proj_" + name + ".weight", Type::kBF16, {128, kHidden});
  shard.add(mixer + "conv1d.weight", Type::kBF16, {20480, 1, 4});
  shard.add(mixer + "A_log", Type::kF32, {128});
  shard.add(mixer + "dt_bias", Type::kBF16, {128});
  shard.add(mixer + "norm.weight", Type::kF32, {128});
  shard.add(mixer + "out_proj.weight", Type::kBF16, {kHidden, 16384});
}

std::string shard_name(int number) {
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05d-of-00094.safetensors", number);
  return name;
}

void write_checkpoint(const TempDir& dir) {
  std::string index;
  for (int i = 0; i < kLayers; ++i) {
    Shard shard(shard_name(i + 1), &index);
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    if (i % 4 == 3) add_attention(shard, layer);
    else add_delta_net(shard, layer);
    add_feed_forward(shard, layer);
    shard.write(dir);
  }
  Shard mtp(shard_name(93), &index);
  add_attention(mtp, "mtp.layers.0.");
  add_feed_forward(mtp, "mtp.layers.0.");
  mtp.add("mtp.fc.weight", Type::kBF16, {kHidden, 2 * kHidden});
  for (const char* name : {"pre_fc_norm_embedding", "pre_fc_norm_hidden", "norm"}) {
    mtp.add(std::string("mtp.") + name + ".weight", Type::kBF16, {kHidden});
  }
  mtp.write(dir);
  Shard rest(shard_name(94), &index);
  for (const char* name : {"model.embed_tokens.weight", "lm_head.weight"}) {
    rest.add(name, Type::kBF16, {kVocabulary, kHidden});
  }
  rest.add("model.norm.weight", Type::kBF16, {kHidden});
  rest.write(dir);
  dir.write("model.safetensors.index.json",
            R"({"metadata": {"total_size": 1}, "weight_map": {)" + index + "}}");
  dir.write("config.json", R"({"model_type": "qwen3_5_moe_text"})");
}

TEST(GiantLayout, OpensAtFullSize) {
  const TempDir dir;
  write_checkpoint(dir);
  const int64_t before = resident_memory();
  const auto start = std::chrono::steady_clock::now();
  const Checkpoint checkpoint = value_of(Checkpoint::open(dir.path()));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%zu tensors opened in %.2f s, peak memory %s\n", checkpoint.tensors().size(), seconds.count(),
              format_size(resident_memory_peak()).c_str());
  EXPECT_EQ(checkpoint.tensors().size(), 287'119u);
  if (!kSanitized) {
    EXPECT_LT(resident_memory() - before, int64_t{96} << 20) << "a tensor may take 350 bytes";
  }
  EXPECT_EQ(checkpoint.files().size(), 94u);

  int64_t total = 0;
  for (const Tensor& tensor : checkpoint.tensors()) total += tensor.bytes.size;
  EXPECT_GT(total, 2'490'000'000'000);

  const Tensor* last = checkpoint.find("model.layers.91.mlp.experts.511.down_proj.weight");
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->type, Type::kF8_E4M3);
  EXPECT_EQ(last->shape.text(), "[8192, 2048]");
  EXPECT_EQ(checkpoint.files()[static_cast<size_t>(last->bytes.file)].name(), dir / shard_name(92));
  EXPECT_GT(last->bytes.offset, int64_t{25'000'000'000});
}

}  // namespace
}  // namespace tug
