#include "models/gguf_model.h"

#include "support/expect.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

constexpr int64_t kHidden = 64, kHeads = 4, kKvHeads = 2, kHeadDim = 32, kExperts = 8, kWidth = 32,
                  kShared = 48;
constexpr int64_t kKey = 2 * 32, kValueHeads = 4, kValue = 4 * 32;

struct BlockWriter {
  GgufModel& model;
  std::string prefix;

  void add(const std::string& name, std::vector<int64_t> shape) const {
    model.tensors[prefix + name] = {Type::kF32, std::move(shape), {}};
  }
  void attention(bool gated, bool head_norms) const {
    add("attn_q.weight", {kHeads * kHeadDim * (gated ? 2 : 1), kHidden});
    add("attn_k.weight", {kKvHeads * kHeadDim, kHidden});
    add("attn_v.weight", {kKvHeads * kHeadDim, kHidden});
    add("attn_output.weight", {kHidden, kHeads * kHeadDim});
    if (head_norms) add("attn_q_norm.weight", {kHeadDim}), add("attn_k_norm.weight", {kHeadDim});
  }
  void delta_net(bool next) const {
    add("attn_qkv.weight", {2 * kKey + kValue, kHidden});
    add("attn_gate.weight", {kValue, kHidden});
    if (next) add("ssm_ba.weight", {2 * kValueHeads, kHidden});
    if (!next)
      add("ssm_beta.weight", {kValueHeads, kHidden}), add("ssm_alpha.weight", {kValueHeads, kHidden});
    add("ssm_conv1d.weight", {2 * kKey + kValue, 4});
    add("ssm_dt.bias", {kValueHeads});
    add("ssm_a", {kValueHeads});
    add("ssm_norm.weight", {32});
    add("ssm_out.weight", {kHidden, kValue});
  }
  void moe(bool shared) const {
    add("ffn_gate_inp.weight", {kExperts, kHidden});
    add("ffn_gate_exps.weight", {kExperts, kWidth, kHidden});
    add("ffn_up_exps.weight", {kExperts, kWidth, kHidden});
    add("ffn_down_exps.weight", {kExperts, kHidden, kWidth});
    if (!shared) return;
    add("ffn_gate_inp_shexp.weight", {kHidden});
    add("ffn_gate_shexp.weight", {kShared, kHidden});
    add("ffn_up_shexp.weight", {kShared, kHidden});
    add("ffn_down_shexp.weight", {kHidden, kShared});
  }
};

void set_metadata(GgufModel& model, bool hybrid, bool shared, bool mtp) {
  model.number("block_count", mtp ? 5 : 4);
  model.number("context_length", 4096);
  model.number("embedding_length", kHidden);
  model.number("attention.head_count", kHeads);
  model.number("attention.head_count_kv", kKvHeads);
  model.number("attention.key_length", kHeadDim);
  model.number("attention.value_length", kHeadDim);
  model.set("attention.layer_norm_rms_epsilon", 1e-6f);
  model.set("rope.freq_base", 1e7f);
  model.number("expert_count", kExperts);
  model.number("expert_used_count", 2);
  model.number("expert_feed_forward_length", kWidth);
  if (shared) model.number("expert_shared_feed_forward_length", kShared);
  if (mtp) model.number("nextn_predict_layers", 1);
  if (!hybrid) return;
  model.number("ssm.conv_kernel", 4);
  model.number("ssm.state_size", 32);
  model.number("ssm.group_count", 2);
  model.number("ssm.time_step_rank", kValueHeads);
  model.number("ssm.inner_size", kValue);
  model.number("rope.dimension_count", 8);
}

std::string encoded(const GgufModel::Entry& entry) {
  int64_t bytes = row_bytes(entry.type, entry.shape.back()).value();
  for (size_t i = 0; i + 1 < entry.shape.size(); ++i) bytes *= entry.shape[i];
  std::string data(static_cast<size_t>(bytes), '\0');
  if (!entry.contents.empty()) std::memcpy(data.data(), entry.contents.data(), data.size());
  return data;
}

}  // namespace

void GgufModel::rename(const std::string& from, const std::string& to) {
  auto node = tensors.extract(from);
  node.key() = to;
  tensors.insert(std::move(node));
}

Result<Plan> GgufModel::plan() const {
  GgufWriter writer;
  writer.set("general.architecture", architecture);
  for (const auto& [key, set] : metadata) set(writer, architecture + "." + key);
  for (const auto& [name, entry] : tensors)
    writer.add(name, entry.type, entry.shape, as_bytes(encoded(entry)));
  const TempDir directory;
  writer.write(directory / "model.gguf");
  return make_plan(value_of(Checkpoint::open(directory / "model.gguf")));
}

std::string GgufModel::error() const {
  const Result<Plan> result = plan();
  return result.ok() ? "(a plan)" : result.error().message();
}

GgufModel make_gguf_model(const std::string& architecture, bool mtp) {
  GgufModel model{architecture, {}, {}};
  const bool next = architecture == "qwen3next", hybrid = next || architecture == "qwen35moe";
  const bool shared = architecture != "qwen3moe";
  set_metadata(model, hybrid, shared, mtp);
  const BlockWriter top{model, ""};
  top.add("token_embd.weight", {512, kHidden});
  top.add("output_norm.weight", {kHidden});
  top.add("output.weight", {512, kHidden});
  for (int i = 0; i < (mtp ? 5 : 4); ++i) {
    const BlockWriter block{model, "blk." + std::to_string(i) + "."};
    block.add("attn_norm.weight", {kHidden});
    block.add(hybrid ? "post_attention_norm.weight" : "ffn_norm.weight", {kHidden});
    if (hybrid && i < 3) {
      block.delta_net(next);
    } else {
      block.attention(hybrid, architecture != "qwen2moe");
    }
    block.moe(shared);
    if (i < 4) continue;
    block.add("nextn.eh_proj.weight", {kHidden, 2 * kHidden});
    for (const char* norm : {"enorm", "hnorm", "shared_head_norm"}) {
      block.add("nextn." + std::string(norm) + ".weight", {kHidden});
    }
  }
  return model;
}

}  // namespace tug
