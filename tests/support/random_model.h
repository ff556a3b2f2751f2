// Random models of any shape and type, as GGUF files: the same seed gives the same bytes on every machine.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/gguf_writer.h"
#include "tensor/type.h"

namespace tug {

struct RandomModel {
  std::string architecture = "qwen35moe";  // qwen2, qwen2moe, qwen3, qwen3moe, qwen3next, qwen35, qwen35moe
  int64_t hidden = 64, layers = 4, vocabulary = 96;
  int64_t heads = 4, kv_heads = 2, head_dim = 32, rotary = 16;
  int64_t experts = 6, top_k = 2, expert_width = 32, shared_width = 32, dense_width = 64;
  int64_t key_heads = 2, value_heads = 4, state = 32, conv_kernel = 4;
  std::vector<Type> types = {Type::kF32};  // taken in turn by the matrices whose rows they fit
  uint64_t seed = 1;
  bool fused_gate_up = false;  // ffn_gate_up_exps
  bool tied = false;           // no output.weight
};

class RandomModelWriter {
 public:
  explicit RandomModelWriter(const RandomModel& shape) : m_(shape), a_(shape.architecture + ".") {}

  GgufWriter make() {
    keys();
    matrix("token_embd.weight", {m_.vocabulary, m_.hidden}, std::sqrt(static_cast<double>(m_.hidden)));
    for (int64_t layer = 0; layer < m_.layers; ++layer) add_layer(layer);
    vector("output_norm.weight", m_.hidden, 1, 0.1);
    if (!m_.tied) matrix("output.weight", {m_.vocabulary, m_.hidden}, 3);
    return std::move(w_);
  }

 private:
  bool is(const char* part) const { return m_.architecture.find(part) != std::string::npos; }
  bool moe() const { return is("moe") || is("next"); }
  bool hybrid() const { return is("next") || is("qwen35"); }
  bool shared() const { return moe() && !is("qwen3moe"); }

  double uniform() { return uniform_at(m_.seed, ++draws_); }
  /// Sum of four uniforms: near enough to a bell, and the same on every machine.
  double bell() { return (uniform() + uniform() + uniform() + uniform() - 2) * std::sqrt(3.0); }

  void keys() {
    const auto u32 = [&](const std::string& key, int64_t value) {
      w_.set(a_ + key, static_cast<uint32_t>(value));
    };
    w_.set("general.architecture", m_.architecture);
    w_.set("general.name", "random");
    u32("block_count", m_.layers), u32("context_length", 4096), u32("embedding_length", m_.hidden);
    u32("feed_forward_length", m_.dense_width);
    u32("attention.head_count", m_.heads), u32("attention.head_count_kv", m_.kv_heads);
    u32("attention.key_length", m_.head_dim), u32("attention.value_length", m_.head_dim);
    w_.set(a_ + "attention.layer_norm_rms_epsilon", 1e-6f);
    w_.set(a_ + "rope.freq_base", 1e6f);
    if (moe()) {
      u32("expert_count", m_.experts), u32("expert_used_count", m_.top_k);
      u32("expert_feed_forward_length", m_.expert_width);
      if (shared()) u32("expert_shared_feed_forward_length", m_.shared_width);
    }
    if (!hybrid()) return;
    u32("rope.dimension_count", m_.rotary);
    if (is("qwen35")) w_.set(a_ + "rope.dimension_sections", std::vector<int32_t>{3, 3, 2, 0});
    u32("ssm.conv_kernel", m_.conv_kernel), u32("ssm.state_size", m_.state),
        u32("ssm.group_count", m_.key_heads);
    u32("ssm.time_step_rank", m_.value_heads), u32("ssm.inner_size", m_.value_heads * m_.state);
    u32("full_attention_interval", 4);
  }

  void add_layer(int64_t layer) {
    const std::string p = "blk." + std::to_string(layer) + ".";
    vector(p + "attn_norm.weight", m_.hidden, 1, 0.1);
    if (hybrid() && layer % 4 != 3) add_delta_net(p);
    else add_attention(p);
    vector(p + (hybrid() ? "post_attention_norm.weight" : "ffn_norm.weight"), m_.hidden, 1, 0.1);
    if (moe()) add_experts(p);
    else add_ffn(p + "ffn_", "", m_.dense_width);
  }

  void add_attention(const std::string& p) {
    const int64_t q = m_.heads * m_.head_dim, kv = m_.kv_heads * m_.head_dim;
    matrix(p + "attn_q.weight", {hybrid() ? 2 * q : q, m_.hidden}),
        matrix(p + "attn_k.weight", {kv, m_.hidden});
    matrix(p + "attn_v.weight", {kv, m_.hidden}), matrix(p + "attn_output.weight", {m_.hidden, q});
    if (is("qwen2")) {
      vector(p + "attn_q.bias", q, 0, 0.5), vector(p + "attn_k.bias", kv, 0, 0.5),
          vector(p + "attn_v.bias", kv, 0, 0.5);
    } else {
      vector(p + "attn_q_norm.weight", m_.head_dim, 1, 0.1),
          vector(p + "attn_k_norm.weight", m_.head_dim, 1, 0.1);
    }
  }

  void add_delta_net(const std::string& p) {
    const int64_t keys = m_.key_heads * m_.state, values = m_.value_heads * m_.state;
    matrix(p + "attn_qkv.weight", {2 * keys + values, m_.hidden}),
        matrix(p + "attn_gate.weight", {values, m_.hidden});
    if (is("next")) {
      matrix(p + "ssm_ba.weight", {2 * m_.value_heads, m_.hidden});
    } else {
      matrix(p + "ssm_beta.weight", {m_.value_heads, m_.hidden});
      matrix(p + "ssm_alpha.weight", {m_.value_heads, m_.hidden});
    }
    floats(p + "ssm_conv1d.weight", {2 * keys + values, m_.conv_kernel}, 0, 0.7);
    vector(p + "ssm_dt.bias", m_.value_heads, -3, 1);
    std::vector<float> decay;
    for (int64_t i = 0; i < m_.value_heads; ++i) decay.push_back(static_cast<float>(-0.5 - 7 * uniform()));
    w_.add(p + "ssm_a", Type::kF32, {m_.value_heads}, std::as_bytes(std::span(decay)));
    vector(p + "ssm_norm.weight", m_.state, 1, 0.1), matrix(p + "ssm_out.weight", {m_.hidden, values});
  }

  void add_experts(const std::string& p) {
    const int64_t e = m_.experts, i = m_.expert_width, h = m_.hidden;
    floats(p + "ffn_gate_inp.weight", {e, h}, 0, 1.5 / std::sqrt(static_cast<double>(h)));
    if (m_.fused_gate_up) {
      matrix(p + "ffn_gate_up_exps.weight", {e, 2 * i, h});
    } else {
      matrix(p + "ffn_gate_exps.weight", {e, i, h}), matrix(p + "ffn_up_exps.weight", {e, i, h});
    }
    matrix(p + "ffn_down_exps.weight", {e, h, i});
    if (!shared()) return;
    floats(p + "ffn_gate_inp_shexp.weight", {h}, 0, 1 / std::sqrt(static_cast<double>(h)));
    add_ffn(p + "ffn_", "_shexp", m_.shared_width);
  }

  void add_ffn(const std::string& p, const std::string& suffix, int64_t width) {
    matrix(p + "gate" + suffix + ".weight", {width, m_.hidden}),
        matrix(p + "up" + suffix + ".weight", {width, m_.hidden});
    matrix(p + "down" + suffix + ".weight", {m_.hidden, width});
  }

  void vector(const std::string& name, int64_t size, double mean, double spread) {
    floats(name, {size}, mean, spread);
  }

  void floats(const std::string& name, const std::vector<int64_t>& shape, double mean, double spread) {
    int64_t count = 1;
    for (int64_t dim : shape) count *= dim;
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(mean + spread * bell()));
    w_.add(name, Type::kF32, shape, std::as_bytes(std::span(values)));
  }

  /// A matrix of the next type whose blocks fit its rows, with standard deviation gain / sqrt(columns).
  void matrix(const std::string& name, const std::vector<int64_t>& shape, double gain = 1) {
    Type type = Type::kF32;
    for (size_t tries = 0; tries < m_.types.size(); ++tries) {
      type = m_.types[next_type_++ % m_.types.size()];
      if (shape.back() % type_info(type).block_elements == 0) break;
      type = Type::kF32;
    }
    int64_t count = 1;
    for (int64_t dim : shape) count *= dim;
    const double spread = gain / std::sqrt(static_cast<double>(shape.back()));
    w_.add(name, type, shape, encode(type, count, spread));
  }

  std::vector<std::byte> encode(Type type, int64_t count, double spread) {
    const TypeInfo& info = type_info(type);
    std::vector<std::byte> bytes(static_cast<size_t>(count / info.block_elements * info.block_bytes));
    if (info.encode) {
      std::vector<float> values;
      for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(spread * bell()));
      info.encode(values.data(), count / info.block_elements, bytes.data());
      return bytes;
    }
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(static_cast<int>(256 * uniform()));
    for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(info.block_bytes)) {
      const double unit = set_scale(info, &bytes[at], 1.0);
      set_scale(info, &bytes[at], spread / unit * (0.7 + 0.6 * uniform()));
    }
    return bytes;
  }

  /// Sets a block's scale fields to `scale`; returns the standard deviation of its elements then.
  static double set_scale(const TypeInfo& info, std::byte* block, double scale) {
    const auto put = [&](int64_t offset, double value) {
      const uint16_t half = f16_from_f32(static_cast<float>(value));
      std::memcpy(block + offset, &half, 2);
    };
    switch (info.type) {
      case Type::kQ2_K: put(80, scale), put(82, 1.5 * scale); break;
      case Type::kQ4_K: put(0, scale), put(2, 7.5 * scale); break;
      case Type::kQ5_K: put(0, scale), put(2, 15.5 * scale); break;
      case Type::kQ4_1: put(0, scale), put(2, -7.5 * scale); break;
      case Type::kQ5_1: put(0, scale), put(2, -15.5 * scale); break;
      case Type::kQ3_K:
      case Type::kQ6_K:
      case Type::kTQ1_0:
      case Type::kTQ2_0: put(info.block_bytes - 2, scale); break;
      case Type::kMXFP4: block[0] = static_cast<std::byte>(126 + std::ilogb(scale)); break;
      case Type::kNVFP4:
        for (int i = 0; i < 4; ++i)
          block[i] = static_cast<std::byte>(std::max(1, 8 * (7 + std::ilogb(scale))));
        break;
      case Type::kIQ1_M: {
        const uint16_t half = f16_from_f32(static_cast<float>(scale));
        for (int word = 0; word < 4; ++word) {
          auto* high = block + 49 + 2 * word;
          *high = (*high & std::byte{15}) | static_cast<std::byte>((half >> (4 * word) & 15) << 4);
        }
        break;
      }
      default: put(0, scale);
    }
    std::vector<float> values(static_cast<size_t>(info.block_elements));
    info.decode(block, 1, values.data());
    double squares = 1e-20;
    for (float value : values) squares += static_cast<double>(value) * value;
    return std::sqrt(squares / static_cast<double>(values.size()));
  }

  RandomModel m_;
  std::string a_;
  GgufWriter w_;
  uint64_t draws_ = 0;
  size_t next_type_ = 0;
};

inline GgufWriter make_random_model(const RandomModel& shape) { return RandomModelWriter(shape).make(); }

}  // namespace tug
