#include "workshop/model_layout.h"

#include <cmath>

namespace tug {
namespace {

constexpr int64_t kConvolution = 4, kRotary = 64;

/// Of the layers whose values and down projections are more precise: the first and last eighths, and every
/// third one between.
bool is_precise(int64_t layer, int64_t layers) {
  return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

class Layout {
 public:
  Layout(const ModelShape& shape, const TypeMix& mix) : s_(shape), mix_(mix) {}

  std::vector<MadeTensor> make() {
    const double embedded = std::sqrt(static_cast<double>(s_.hidden));  // rows of elements of order one
    matrix("token_embd.weight", {s_.hidden, s_.vocabulary}, mix_.embedding, embedded);
    for (int64_t layer = 0; layer < s_.layers; ++layer) add_layer(layer);
    norm("output_norm.weight", s_.hidden);
    matrix("output.weight", {s_.hidden, s_.vocabulary}, mix_.output, 4);
    return std::move(tensors_);
  }

 private:
  using Dims = std::vector<int64_t>;

  /// `gain`: the deviation of its products with elements of order one.
  void matrix(const std::string& name, const Dims& dims, Type type, double gain = 1) {
    tensors_.push_back(
        {{name, dims, type}, Draw::kMatrix, 0, gain / std::sqrt(static_cast<double>(dims[0]))});
  }
  void drawn(const std::string& name, const Dims& dims, Draw draw, double mean = 0, double deviation = 0) {
    tensors_.push_back({{name, dims, Type::kF32}, draw, mean, deviation});
  }
  void norm(const std::string& name, int64_t size) { drawn(name, {size}, Draw::kNormal, 1, 0.05); }

  void add_layer(int64_t layer) {
    at_ = "blk." + std::to_string(layer) + ".";
    precise_ = is_precise(layer, s_.layers) ? mix_.value_and_down : mix_.others;
    norm(at_ + "attn_norm.weight", s_.hidden);
    s_.is_attention(layer) ? add_attention() : add_delta_net();
    norm(at_ + (s_.hybrid() ? "post_attention_norm.weight" : "ffn_norm.weight"), s_.hidden);
    add_experts(is_precise(layer, s_.layers));
    if (s_.shared_width > 0) add_shared_expert();
  }

  void add_attention() {
    const int64_t q = s_.heads * s_.head_dim, kv = s_.kv_heads * s_.head_dim;
    matrix(at_ + "attn_q.weight", {s_.hidden, s_.hybrid() ? 2 * q : q}, mix_.others);  // hybrids: and gates
    matrix(at_ + "attn_k.weight", {s_.hidden, kv}, mix_.others);
    matrix(at_ + "attn_v.weight", {s_.hidden, kv}, precise_);
    matrix(at_ + "attn_output.weight", {q, s_.hidden}, mix_.others);
    norm(at_ + "attn_q_norm.weight", s_.head_dim);
    norm(at_ + "attn_k_norm.weight", s_.head_dim);
  }

  void add_delta_net() {
    const int64_t values = s_.value_heads * s_.state, channels = 2 * s_.key_heads * s_.state + values;
    matrix(at_ + "attn_qkv.weight", {s_.hidden, channels}, mix_.others);
    matrix(at_ + "attn_gate.weight", {s_.hidden, values}, mix_.others);
    drawn(at_ + "ssm_conv1d.weight", {kConvolution, channels}, Draw::kNormal, 0, 0.7);
    drawn(at_ + "ssm_dt.bias", {s_.value_heads}, Draw::kNormal, -3, 1);
    drawn(at_ + "ssm_a", {s_.value_heads}, Draw::kDecay);
    const Type small = mix_.small_are_float32 ? Type::kF32 : mix_.others;
    if (s_.architecture == "qwen3next") {
      matrix(at_ + "ssm_ba.weight", {s_.hidden, 2 * s_.value_heads}, small);
    } else {
      matrix(at_ + "ssm_beta.weight", {s_.hidden, s_.value_heads}, small);
      matrix(at_ + "ssm_alpha.weight", {s_.hidden, s_.value_heads}, small);
    }
    norm(at_ + "ssm_norm.weight", s_.state);
    matrix(at_ + "ssm_out.weight", {values, s_.hidden}, mix_.others);
  }

  void add_experts(bool precise) {
    const bool mixed = mix_.experts == mix_.others;
    drawn(at_ + "ffn_gate_inp.weight", {s_.hidden, s_.experts}, Draw::kRouter, 0,
          1.5 / std::sqrt(static_cast<double>(s_.hidden)));
    matrix(at_ + "ffn_gate_exps.weight", {s_.hidden, s_.expert_width, s_.experts}, mix_.experts);
    matrix(at_ + "ffn_up_exps.weight", {s_.hidden, s_.expert_width, s_.experts}, mix_.experts);
    matrix(at_ + "ffn_down_exps.weight", {s_.expert_width, s_.hidden, s_.experts},
           mixed && precise ? mix_.value_and_down : mix_.experts, 1.5);
  }

  void add_shared_expert() {
    drawn(at_ + "ffn_gate_inp_shexp.weight", {s_.hidden}, Draw::kNormal, 0,
          1 / std::sqrt(static_cast<double>(s_.hidden)));
    matrix(at_ + "ffn_gate_shexp.weight", {s_.hidden, s_.shared_width}, mix_.others);
    matrix(at_ + "ffn_up_shexp.weight", {s_.hidden, s_.shared_width}, mix_.others);
    matrix(at_ + "ffn_down_shexp.weight", {s_.shared_width, s_.hidden}, precise_);
  }

  const ModelShape& s_;
  const TypeMix& mix_;
  std::string at_;             // names of this layer begin so
  Type precise_ = Type::kF32;  // of its values and down projections
  std::vector<MadeTensor> tensors_;
};

}  // namespace

std::vector<MadeTensor> layout_of(const ModelShape& shape, const TypeMix& mix) {
  return Layout(shape, mix).make();
}

void add_shape(const ModelShape& s, GgufHeader& to) {
  const std::string prefix = std::string(s.architecture) + ".";
  const auto whole = [&](const char* key, int64_t value) {
    to.add(prefix + key, static_cast<uint32_t>(value));
  };
  whole("block_count", s.layers);
  whole("context_length", s.context);
  whole("embedding_length", s.hidden);
  whole("feed_forward_length", s.expert_width * s.top_k);
  whole("attention.head_count", s.heads);
  whole("attention.head_count_kv", s.kv_heads);
  whole("attention.key_length", s.head_dim);
  whole("attention.value_length", s.head_dim);
  to.add(prefix + "attention.layer_norm_rms_epsilon", 1e-6f);
  to.add(prefix + "rope.freq_base", static_cast<float>(s.rope_base));
  whole("expert_count", s.experts);
  whole("expert_used_count", s.top_k);
  whole("expert_feed_forward_length", s.expert_width);
  whole("vocab_size", s.vocabulary);
  if (!s.hybrid()) return;
  whole("expert_shared_feed_forward_length", s.shared_width);
  whole("rope.dimension_count", kRotary);
  if (s.architecture == "qwen35moe") to.add(prefix + "rope.dimension_sections", std::vector{11, 11, 10, 0});
  whole("ssm.conv_kernel", kConvolution);
  whole("ssm.state_size", s.state);
  whole("ssm.group_count", s.key_heads);
  whole("ssm.time_step_rank", s.value_heads);
  whole("ssm.inner_size", s.value_heads * s.state);
  whole("full_attention_interval", ModelShape::kAttentionInterval);
}

}  // namespace tug
