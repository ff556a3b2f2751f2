#include "models/hf_model.h"

#include <filesystem>
#include <fstream>

#include "support/expect.h"
#include "support/safetensors_writer.h"
#include "support/temp_dir.h"

namespace tug {
namespace {

int64_t bytes_of(const HfModel::Entry& entry) {
  int64_t bytes = entry.dtype == "F32" ? 4 : entry.dtype == "F8_E4M3" ? 1 : 2;
  for (const int64_t dim : entry.shape) bytes *= dim;
  return bytes;
}

/// Which file a tensor goes to: each layer has its own, so that none grows beyond what file systems allow.
std::string shard_of(const std::string& name) {
  const size_t layer = name.find("layers.");
  return layer == name.npos ? "rest" : name.substr(0, name.find('.', layer + 7));
}

int64_t blocks(int64_t size) { return (size + 127) / 128; }

/// Adds tensors below a prefix.
struct LayerWriter {
  HfModel& model;
  std::string prefix;
  ExpertLayout experts;

  int64_t get(const char* key) const { return model.get(key); }
  void add(const std::string& name, std::vector<int64_t> shape, const char* dtype = "BF16") const {
    model.tensors[prefix + name] = {dtype, std::move(shape)};
  }

  void attention(bool gated, bool head_norms, bool biases) const {
    const int64_t hidden = get("hidden_size"), heads = get("num_attention_heads");
    const int64_t dim = model.text_config().find("head_dim") ? get("head_dim") : hidden / heads;
    const int64_t q = heads * dim * (gated ? 2 : 1), kv = get("num_key_value_heads") * dim;
    add("self_attn.q_proj.weight", {q, hidden});
    add("self_attn.k_proj.weight", {kv, hidden});
    add("self_attn.v_proj.weight", {kv, hidden});
    add("self_attn.o_proj.weight", {hidden, heads * dim});
    if (head_norms) add("self_attn.q_norm.weight", {dim}), add("self_attn.k_norm.weight", {dim});
    if (!biases) return;
    add("self_attn.q_proj.bias", {q}), add("self_attn.k_proj.bias", {kv}), add("self_attn.v_proj.bias", {kv});
  }

  void delta_net(bool interleaved) const {
    const int64_t hidden = get("hidden_size"), value_heads = get("linear_num_value_heads");
    const int64_t key = get("linear_num_key_heads") * get("linear_key_head_dim");
    const int64_t value = value_heads * get("linear_value_head_dim");
    if (interleaved) {
      add("linear_attn.in_proj_qkvz.weight", {2 * key + 2 * value, hidden});
      add("linear_attn.in_proj_ba.weight", {2 * value_heads, hidden});
    } else {
      add("linear_attn.in_proj_qkv.weight", {2 * key + value, hidden});
      add("linear_attn.in_proj_z.weight", {value, hidden});
      add("linear_attn.in_proj_a.weight", {value_heads, hidden});
      add("linear_attn.in_proj_b.weight", {value_heads, hidden});
    }
    add("linear_attn.conv1d.weight", {2 * key + value, 1, get("linear_conv_kernel_dim")});
    add("linear_attn.A_log", {value_heads}), add("linear_attn.dt_bias", {value_heads});
    add("linear_attn.norm.weight", {get("linear_value_head_dim")});
    add("linear_attn.out_proj.weight", {hidden, value});
  }

  void swiglu(const std::string& name, int64_t width, bool fp8 = false) const {
    const int64_t hidden = get("hidden_size");
    const char* dtype = fp8 ? "F8_E4M3" : "BF16";
    for (const char* linear : {"gate_proj", "up_proj", "down_proj"}) {
      const bool down = std::string(linear) == "down_proj";
      const int64_t rows = down ? hidden : width, cols = down ? width : hidden;
      add(name + linear + ".weight", {rows, cols}, dtype);
      if (fp8) add(name + linear + ".weight_scale_inv", {blocks(rows), blocks(cols)});
    }
  }

  void moe(bool shared) const {
    const int64_t hidden = get("hidden_size"), count = get("num_experts"),
                  width = get("moe_intermediate_size");
    add("mlp.gate.weight", {count, hidden});
    if (experts == ExpertLayout::kFused || experts == ExpertLayout::kFusedFp8) {
      const bool fp8 = experts == ExpertLayout::kFusedFp8;
      add("mlp.experts.gate_up_proj", {count, 2 * width, hidden}, fp8 ? "F8_E4M3" : "BF16");
      add("mlp.experts.down_proj", {count, hidden, width}, fp8 ? "F8_E4M3" : "BF16");
      if (fp8) add("mlp.experts.gate_up_proj_scale_inv", {count, blocks(2 * width), blocks(hidden)}, "F32");
      if (fp8) add("mlp.experts.down_proj_scale_inv", {count, blocks(hidden), blocks(width)}, "F32");
    } else {
      for (int64_t e = 0; e < count; ++e) {
        swiglu("mlp.experts." + std::to_string(e) + ".", width, experts == ExpertLayout::kFp8);
      }
    }
    if (!shared) return;
    swiglu("mlp.shared_expert.", get("shared_expert_intermediate_size"));
    add("mlp.shared_expert_gate.weight", {1, hidden});
  }

  void norms() const {
    add("input_layernorm.weight", {get("hidden_size")});
    add("post_attention_layernorm.weight", {get("hidden_size")});
  }
};

bool is_full_attention(HfModel& model, int64_t layer) {
  const Json* types = model.text_config().find("layer_types");
  if (types) return types->items()[static_cast<size_t>(layer)].as_string() == "full_attention";
  const Json* interval = model.text_config().find("full_attention_interval");
  return (layer + 1) % (interval ? interval->as_integer() : 4) == 0;
}

bool is_dense(HfModel& model, int64_t layer) {
  const Json* step = model.text_config().find("decoder_sparse_step");
  const Json* dense = model.text_config().find("mlp_only_layers");
  for (const Json& index : dense ? dense->items() : std::vector<Json>()) {
    if (index.as_integer() == layer) return true;
  }
  return step && (layer + 1) % step->as_integer() != 0;
}

void add_mtp(HfModel& model, ExpertLayout experts) {
  const int64_t hidden = model.get("hidden_size");
  const LayerWriter top{model, "mtp.", experts};
  top.add("fc.weight", {hidden, 2 * hidden});
  for (const char* norm : {"pre_fc_norm_embedding.weight", "pre_fc_norm_hidden.weight", "norm.weight"}) {
    top.add(norm, {hidden});
  }
  const LayerWriter layer{model, "mtp.layers.0.", experts};
  layer.norms();
  layer.attention(true, true, false);
  layer.moe(true);
}

constexpr const char* kCommon = R"("vocab_size": 512, "hidden_size": 64, "num_hidden_layers": 4,
  "num_attention_heads": 4, "num_key_value_heads": 2, "moe_intermediate_size": 32, "num_experts": 8,
  "num_experts_per_tok": 2, "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "rope_theta": 1e6,
  "intermediate_size": 96, "tie_word_embeddings": false)";
constexpr const char* kDeltaNet = R"("linear_num_key_heads": 2, "linear_num_value_heads": 4,
  "linear_key_head_dim": 32, "linear_value_head_dim": 32, "linear_conv_kernel_dim": 4,
  "shared_expert_intermediate_size": 48, "head_dim": 32)";

Json config_of(const std::string& text) { return json_of(("{" + text + "}").c_str()); }

}  // namespace

Json json_of(const char* text) { return value_of(parse_json(text)); }

Json& HfModel::text_config() {
  Json* nested = config.find("text_config");
  return nested ? *nested : config;
}

int64_t HfModel::get(const char* key) const {
  const Json* nested = config.find("text_config");
  const Json* found = (nested ? *nested : config).find(key);
  if (!found) throw std::runtime_error(std::string("the test's config has no ") + key);
  return found->as_integer();
}

Result<Checkpoint> HfModel::open() const {
  std::map<std::string, SafetensorsWriter> shards;
  for (const auto& [name, entry] : tensors) {
    shards[shard_of(name)].describe(name, entry.dtype, entry.shape, bytes_of(entry));
  }
  if (shards.empty()) shards["rest"] = {};
  const TempDir directory;
  directory.write("config.json", config.dump());
  for (const auto& [name, writer] : shards) {
    const std::string path = directory.write(name + ".safetensors", writer.header());
    std::filesystem::resize_file(path, static_cast<uint64_t>(writer.file_size()));
  }
  return Checkpoint::open(directory.path());
}

Result<Plan> HfModel::plan() const { return make_plan(TUG_TRY(open())); }

std::string HfModel::error() const {
  Result<Checkpoint> checkpoint = open();
  if (!checkpoint.ok()) throw std::runtime_error(checkpoint.error().message());
  const Result<Plan> plan = make_plan(*checkpoint);
  return plan.ok() ? "(a plan)" : plan.error().message();
}

HfModel make_hf_model(Json config, ExpertLayout experts, bool mtp) {
  HfModel model{std::move(config), {}};
  const std::string type = model.config.find("model_type")->as_string();
  const bool next = type == "qwen3_next", hybrid = next || type.starts_with("qwen3_5");
  const bool qwen2 = type.starts_with("qwen2");
  const std::string trunk = model.config.find("text_config") ? "model.language_model." : "model.";
  for (int64_t i = 0; i < model.get("num_hidden_layers"); ++i) {
    const LayerWriter layer{model, trunk + "layers." + std::to_string(i) + ".", experts};
    layer.norms();
    if (hybrid && !is_full_attention(model, i)) {
      layer.delta_net(next);
    } else {
      layer.attention(hybrid, !qwen2, qwen2);
    }
    if (is_dense(model, i)) {
      layer.swiglu("mlp.", model.get("intermediate_size"));
    } else {
      layer.moe(hybrid || qwen2);
    }
  }
  const int64_t hidden = model.get("hidden_size"), vocabulary = model.get("vocab_size");
  model.tensors[trunk + "embed_tokens.weight"] = {"BF16", {vocabulary, hidden}};
  model.tensors[trunk + "norm.weight"] = {"BF16", {hidden}};
  model.tensors["lm_head.weight"] = {"BF16", {vocabulary, hidden}};
  if (mtp) add_mtp(model, experts);
  return model;
}

Json qwen2_moe_config() {
  return config_of(std::string(R"("model_type": "qwen2_moe", "shared_expert_intermediate_size": 80, )") +
                   kCommon);
}
Json qwen3_moe_config() {
  return config_of(std::string(R"("model_type": "qwen3_moe", "head_dim": 32, "norm_topk_prob": true, )") +
                   kCommon);
}
Json qwen3_next_config() {
  return config_of(std::string(R"("model_type": "qwen3_next", )") + kCommon + ", " + kDeltaNet);
}
Json qwen3_5_moe_text_config() {
  return config_of(std::string(R"("model_type": "qwen3_5_moe_text", )") + kCommon + ", " + kDeltaNet);
}
Json qwen3_8_config() {
  return json_of(R"({"architectures": ["Qwen3_5MoeForCausalLM"], "model_type": "qwen3_5_moe_text",
    "hidden_size": 8192, "num_hidden_layers": 92, "full_attention_interval": 4, "num_attention_heads": 64,
    "num_key_value_heads": 4, "head_dim": 256, "attn_output_gate": true, "output_gate_type": "swish",
    "linear_num_key_heads": 16, "linear_num_value_heads": 128, "linear_key_head_dim": 128,
    "linear_value_head_dim": 128, "linear_conv_kernel_dim": 4, "num_experts": 512, "num_experts_per_tok": 10,
    "moe_intermediate_size": 2048, "shared_expert_intermediate_size": 2048, "vocab_size": 248320,
    "rope_theta": 1e7, "partial_rotary_factor": 0.25, "rms_norm_eps": 1e-6, "max_position_embeddings": 262144,
    "mtp_num_hidden_layers": 1, "mtp_use_dedicated_embeddings": false, "mamba_ssm_dtype": "float32",
    "tie_word_embeddings": false, "bos_token_id": 248044, "eos_token_id": 248044, "hidden_act": "silu"})");
}

}  // namespace tug
