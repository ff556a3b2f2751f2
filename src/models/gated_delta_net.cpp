#include "models/gated_delta_net.h"

namespace tug {
namespace {

constexpr Key kKeyHeads{"linear_num_key_heads", "ssm.group_count"};
constexpr Key kValueHeads{"linear_num_value_heads", "ssm.time_step_rank"};
constexpr Key kInner{"", "ssm.inner_size"};  // value heads times their size

constexpr Name kQkvz{"linear_attn.in_proj_qkvz.weight", "ssm_in.weight"};
constexpr Name kBa{"linear_attn.in_proj_ba.weight", "ssm_ba.weight"};

/// Stored rows [first, first + count) of every group, group by group.
struct Strided {
  int64_t groups, stride;
  void append(std::vector<RowRange>& rows, int64_t first, int64_t count) const {
    for (int64_t group = 0; group < groups; ++group) rows.push_back({group * stride + first, count});
  }
};

void take_qkvz(const Layer& layer, int64_t hidden, GatedDeltaNet& net) {
  const int64_t key = net.key_dim, value = net.value_heads / net.key_heads * net.value_dim;
  const Strided heads{net.key_heads, 2 * key + 2 * value};
  const Stack stack = layer.stack(kQkvz, heads.groups * heads.stride, hidden);
  std::vector<RowRange> qkv, z;
  heads.append(qkv, 0, key);
  heads.append(qkv, key, key);
  heads.append(qkv, 2 * key, value);
  heads.append(z, 2 * key + value, value);
  net.qkv.weight = stack.gather(qkv);
  net.z.weight = stack.gather(z);
}

void take_ba(const Layer& layer, int64_t hidden, GatedDeltaNet& net) {
  const int64_t ratio = net.value_heads / net.key_heads;
  const Strided heads{net.key_heads, 2 * ratio};
  const Stack stack = layer.stack(kBa, 2 * net.value_heads, hidden);
  std::vector<RowRange> b, a;
  heads.append(b, 0, ratio);
  heads.append(a, ratio, ratio);
  net.b.weight = stack.gather(b);
  net.a.weight = stack.gather(a);
}

void take_projections(const Layer& layer, int64_t hidden, bool interleaved, bool gguf, GatedDeltaNet& net) {
  // Newer GGUF files of Qwen3-Next have q, k, v and z sorted out, but still a and b together.
  if (interleaved && (!gguf || layer.has(kQkvz))) {
    take_qkvz(layer, hidden, net);
  } else {
    net.qkv = layer.linear({"linear_attn.in_proj_qkv.weight", "attn_qkv.weight"}, net.channels(), hidden);
    net.z = layer.linear({"linear_attn.in_proj_z.weight", "attn_gate.weight"},
                         net.value_heads * net.value_dim, hidden);
  }
  if (interleaved) return take_ba(layer, hidden, net);
  net.b = layer.linear({"linear_attn.in_proj_b.weight", "ssm_beta.weight"}, net.value_heads, hidden);
  net.a = layer.linear({"linear_attn.in_proj_a.weight", "ssm_alpha.weight"}, net.value_heads, hidden);
}

}  // namespace

DeltaNetSizes read_delta_net(Builder& builder, DeltaNetOrder order) {
  Settings& settings = builder.settings();
  DeltaNetSizes sizes{.order = order};
  sizes.key_heads = settings.integer(kKeyHeads, kHeadCounts);
  sizes.value_heads = settings.integer(kValueHeads, kHeadCounts);
  sizes.key_dim = settings.integer({"linear_key_head_dim", "ssm.state_size"}, kHeadSizes);
  sizes.conv_kernel = settings.integer({"linear_conv_kernel_dim", "ssm.conv_kernel"}, {1, 64}, 4);
  if (sizes.value_heads % sizes.key_heads != 0) {
    settings.wrong(kValueHeads, "is not a multiple of " + settings.name(kKeyHeads) + ".");
  }
  if (builder.gguf()) {
    const int64_t inner =
        settings.integer(kInner, {1, kHeadCounts.max * kHeadSizes.max}, sizes.value_heads * sizes.key_dim);
    if (inner % sizes.value_heads != 0)
      settings.wrong(kInner, "is not a multiple of " + settings.name(kValueHeads) + ".");
    sizes.value_dim = inner / sizes.value_heads;
  } else {
    sizes.value_dim = settings.integer({"linear_value_head_dim"}, kHeadSizes);
  }
  constexpr Key kGate{"output_gate_type"};
  const std::string gate = settings.text(kGate, "silu");
  sizes.sigmoid_gate = gate == "sigmoid";
  if (gate != "sigmoid" && gate != "silu" && gate != "swish") {
    settings.refuse(kGate, "is \"" + gate + "\"; supported are silu, swish and sigmoid.");
  }
  return sizes;
}

GatedDeltaNet take_delta_net(const Builder& builder, const Layer& layer, const DeltaNetSizes& sizes) {
  const int64_t hidden = builder.hidden();
  const bool interleaved = sizes.order == DeltaNetOrder::kInterleaved;
  GatedDeltaNet net;
  net.key_heads = sizes.key_heads, net.value_heads = sizes.value_heads;
  net.key_dim = sizes.key_dim, net.value_dim = sizes.value_dim, net.conv_kernel = sizes.conv_kernel;
  net.sigmoid_gate = sizes.sigmoid_gate;
  net.decay_is_log = !builder.gguf();
  net.tiled_heads = builder.gguf() && !interleaved && net.key_heads != net.value_heads;

  take_projections(layer, hidden, interleaved, builder.gguf(), net);
  net.conv = layer.vector(
      {"linear_attn.conv1d.weight", "ssm_conv1d.weight"},
      {shape_of({net.channels(), 1, net.conv_kernel}), shape_of({net.channels(), net.conv_kernel})});
  net.decay = layer.vector({"linear_attn.A_log", "ssm_a"}, net.value_heads);
  net.dt_bias = layer.vector({"linear_attn.dt_bias", "ssm_dt.bias"}, net.value_heads);
  net.norm = builder.norm(layer, {"linear_attn.norm.weight", "ssm_norm.weight"}, net.value_dim);
  net.norm.zero_centred = false;  // the one norm that is not
  net.out = layer.linear({"linear_attn.out_proj.weight", "ssm_out.weight"}, hidden,
                         net.value_heads * net.value_dim);
  return net;
}

}  // namespace tug
