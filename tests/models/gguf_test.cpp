// GGUF files of all ages and converters.
#include "models/gguf_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "plan/print.h"
#include "support/expect.h"

namespace tug {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

const MoeFfn& moe_of(const Plan& plan, size_t block = 1) {
  return std::get<MoeFfn>(plan.blocks.at(block).work);
}
const Attention& attention_of(const Plan& plan, size_t block) {
  return std::get<Attention>(plan.blocks.at(block).work);
}
const GatedDeltaNet& delta_net_of(const Plan& plan) {
  return std::get<GatedDeltaNet>(plan.blocks.at(0).work);
}

std::string rows_text(const Matrix& matrix) {
  std::string text;
  for (const RowRange& range : matrix.source_rows) {
    text += std::to_string(range.first) + "+" + std::to_string(range.count) + " ";
  }
  return text;
}

TEST(Gguf, AllArchitectures) {
  for (const char* name : {"qwen2moe", "qwen3moe", "qwen3next", "qwen35moe"}) {
    SCOPED_TRACE(name);
    const Plan plan = value_of(make_gguf_model(name).plan());
    EXPECT_EQ(plan.blocks.size(), 8);
    EXPECT_EQ(moe_of(plan).rule.renormalise, std::string(name) != "qwen2moe");
    EXPECT_EQ(plan.vocabulary, 512);
    EXPECT_FALSE(plan.mtp.has_value());
  }
  GgufModel other = make_gguf_model("qwen3moe");
  other.architecture = "llama";
  EXPECT_TRUE(
      has(other.error(), "The architecture \"llama\" is not supported. Supported are qwen2, qwen2moe,"));
  other.architecture = "qwen3vlmoe";
  EXPECT_TRUE(has(other.error(), "\"qwen3vlmoe\" is not supported"));
}

TEST(Gguf, FusedGateAndUpExperts) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.tensors.erase("blk.2.ffn_gate_exps.weight");
  model.tensors.erase("blk.2.ffn_up_exps.weight");
  model.tensors["blk.2.ffn_gate_up_exps.weight"] = {Type::kQ8_0, {8, 64, 64}, {}};
  const Plan plan = value_of(model.plan());
  const auto &second = moe_of(plan, 5).experts[1], &first = moe_of(plan, 5).experts[0];
  const int64_t row = 2 * 34;  // 64 numbers in Q8_0
  EXPECT_EQ(first.up.weight.bytes.offset - first.gate.weight.bytes.offset, 32 * row);
  EXPECT_EQ(second.gate.weight.bytes.offset - first.gate.weight.bytes.offset, 64 * row);
  EXPECT_EQ(second.up.weight.bytes.size, 32 * row);
  EXPECT_TRUE(second.up.weight.source_rows.empty());
  EXPECT_EQ(moe_of(plan, 3).experts[0].up.weight.type, Type::kF32);
}

TEST(Gguf, TiedHead) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.tensors.erase("output.weight");
  const Plan plan = value_of(model.plan());
  EXPECT_TRUE(plan.tied);
  EXPECT_EQ(plan.head.weight.bytes.offset, plan.embedding.bytes.offset);
}

TEST(Gguf, SixtyExpertsOfWidth1408) {
  GgufModel model = make_gguf_model("qwen2moe");
  model.number("expert_count", 60);
  model.number("expert_used_count", 4);
  model.number("expert_feed_forward_length", 1408);
  for (auto& [name, entry] : model.tensors) {
    if (name.ends_with("ffn_gate_inp.weight")) entry.shape = {60, 64};
    if (name.ends_with("gate_exps.weight") || name.ends_with("up_exps.weight"))
      entry = {Type::kQ4_0, {60, 1408, 64}, {}};
    if (name.ends_with("down_exps.weight")) entry = {Type::kQ5_1, {60, 64, 1408}, {}};
  }
  const Plan plan = value_of(model.plan());
  EXPECT_EQ(moe_of(plan).experts[59].down.weight.bytes.size, 64 * 44 * 24);
}

TEST(Gguf, Qwen3NextOldAndNew) {
  GgufModel model = make_gguf_model("qwen3next");
  const Plan newer = value_of(model.plan());
  EXPECT_EQ(rows_text(delta_net_of(newer).qkv.weight), "");
  EXPECT_EQ(rows_text(delta_net_of(newer).b.weight), "0+2 4+2 ");
  EXPECT_EQ(rows_text(delta_net_of(newer).a.weight), "2+2 6+2 ");
  EXPECT_FALSE(delta_net_of(newer).tiled_heads);
  EXPECT_FALSE(delta_net_of(newer).decay_is_log);

  for (int i = 0; i < 3; ++i) {
    const std::string block = "blk." + std::to_string(i) + ".";
    model.tensors.erase(block + "attn_qkv.weight");
    model.tensors.erase(block + "attn_gate.weight");
    model.tensors[block + "ssm_in.weight"] = {Type::kF32, {384, 64}, {}};
  }
  const Plan older = value_of(model.plan());
  EXPECT_EQ(rows_text(delta_net_of(older).qkv.weight), "0+32 192+32 32+32 224+32 64+64 256+64 ");
  EXPECT_EQ(rows_text(delta_net_of(older).z.weight), "128+64 320+64 ");
}

TEST(Gguf, TiledHeadsOnlyWhereThereIsAnOrder) {
  GgufModel model = make_gguf_model("qwen35moe");
  EXPECT_TRUE(delta_net_of(value_of(model.plan())).tiled_heads);
  model.number("ssm.group_count", 4);
  model.number("ssm.state_size", 16);
  EXPECT_FALSE(delta_net_of(value_of(model.plan())).tiled_heads);
}

TEST(Gguf, SecondScalesOfNvfp4) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.tensors["blk.0.ffn_up_exps.scale"] = {Type::kF32, {8}, {1, 2, 3, 4, 5, 6, 7, 8}};
  model.tensors["blk.0.ffn_down_exps.scale"] = {Type::kF32, {1}, {0.25f}};
  model.tensors["blk.0.attn_q.scale"] = {Type::kF32, {1}, {0.5f}};
  model.tensors["output.scale"] = {Type::kF32, {1}, {3}};
  model.tensors["blk.0.attn_q.input_scale"] = {Type::kF32, {1}, {9}};
  const Plan plan = value_of(model.plan());
  EXPECT_EQ(moe_of(plan).experts[6].up.weight.scale, 7);
  EXPECT_EQ(moe_of(plan).experts[6].down.weight.scale, 0.25f);
  EXPECT_EQ(moe_of(plan).experts[6].gate.weight.scale, 1);
  EXPECT_EQ(attention_of(plan, 0).q.weight.scale, 0.5f);
  EXPECT_EQ(plan.head.weight.scale, 3);

  GgufModel wrong = model;
  wrong.tensors["blk.0.ffn_up_exps.scale"] = {Type::kF32, {7}, {}};
  EXPECT_TRUE(has(wrong.error(), "blk.0.ffn_up_exps.scale is [7]"));
  wrong.tensors["blk.0.ffn_up_exps.scale"] = {Type::kF32, {1}, {std::nanf("")}};
  EXPECT_TRUE(has(wrong.error(), "not a finite number"));
  model.tensors["blk.1.ffn_norm.scale"] = {Type::kF32, {1}, {9}};
  EXPECT_TRUE(has(model.error(), "unexpected: blk.1.ffn_norm.scale"));
}

TEST(Gguf, FusedQueryKeyValue) {
  GgufModel model = make_gguf_model("qwen2moe");
  for (const char* name : {"q", "k", "v"}) model.tensors.erase("blk.1.attn_" + std::string(name) + ".weight");
  model.tensors["blk.1.attn_qkv.weight"] = {Type::kF16, {256, 64}, {}};
  model.tensors["blk.1.attn_qkv.bias"] = {Type::kF32, {256}, {}};
  model.tensors["blk.0.attn_q.bias"] = {Type::kF32, {128}, {}};
  const Plan plan = value_of(model.plan());
  const Attention& fused = attention_of(plan, 2);
  EXPECT_EQ(fused.k.weight.bytes.offset - fused.q.weight.bytes.offset, 128 * 64 * 2);
  EXPECT_EQ(fused.v.weight.bytes.offset - fused.k.weight.bytes.offset, 64 * 64 * 2);
  EXPECT_EQ(fused.v.weight.bytes.size, 64 * 64 * 2);
  EXPECT_EQ(fused.v.bias.size, 64);
  EXPECT_EQ(fused.v.bias.bytes.offset - fused.q.bias.bytes.offset, (128 + 64) * 4);
  EXPECT_EQ(attention_of(plan, 0).q.bias.size, 128);
  EXPECT_EQ(attention_of(plan, 0).k.bias.size, 0);
}

TEST(Gguf, SharedGateOfEitherRank) {
  GgufModel model = make_gguf_model("qwen2moe");
  model.tensors["blk.3.ffn_gate_inp_shexp.weight"].shape = {1, 64};
  const Plan plan = value_of(model.plan());
  EXPECT_EQ(moe_of(plan, 1).shared->gate.weight.cols, 64);
  EXPECT_EQ(moe_of(plan, 7).shared->gate.weight.rows, 1);
}

TEST(Gguf, MissingKeysThatOtherThingsTell) {
  GgufModel model = make_gguf_model("qwen2moe");
  for (const char* key : {"attention.key_length", "attention.value_length", "expert_feed_forward_length",
                          "expert_shared_feed_forward_length", "rope.freq_base"}) {
    model.metadata.erase(key);
  }
  for (auto& [name, entry] : model.tensors) {
    if (name.ends_with("attn_q.weight") || name.ends_with("attn_output.weight")) entry.shape = {64, 64};
    if (name.ends_with("attn_k.weight") || name.ends_with("attn_v.weight")) entry.shape = {32, 64};
  }
  const Plan plan = value_of(model.plan());
  EXPECT_EQ(attention_of(plan, 0).head_dim, 16);
  EXPECT_EQ(attention_of(plan, 0).rope.dims, 16);
  EXPECT_EQ(attention_of(plan, 0).rope.theta, 1e4);
  EXPECT_EQ(moe_of(plan).shared->ffn.up.weight.rows, 48);
}

TEST(Gguf, MtpBlocks) {
  GgufModel model = make_gguf_model("qwen35moe", true);
  const Plan with = value_of(model.plan());
  EXPECT_EQ(with.layers, 4);
  ASSERT_TRUE(with.mtp.has_value());
  EXPECT_EQ(with.mtp->blocks.size(), 2);
  EXPECT_EQ(with.mtp->blocks[0].layer, 4);
  EXPECT_EQ(with.vectors, static_cast<int32_t>(3 * (2 + 4) + 4 + 1));

  GgufModel silent = model;  // the count of MTP blocks is not given
  silent.metadata.erase("nextn_predict_layers");
  EXPECT_TRUE(value_of(silent.plan()).mtp.has_value());

  GgufModel uncounted = model;  // block_count leaves them out
  uncounted.number("block_count", 4);
  EXPECT_EQ(value_of(uncounted.plan()).layers, 4);
  EXPECT_TRUE(value_of(uncounted.plan()).mtp.has_value());

  GgufModel stripped = model;  // counted, but not there
  std::erase_if(stripped.tensors, [](const auto& item) { return item.first.starts_with("blk.4."); });
  EXPECT_EQ(value_of(stripped.plan()).layers, 4);
  EXPECT_FALSE(value_of(stripped.plan()).mtp.has_value());

  GgufModel own = model;
  own.tensors["blk.4.nextn.embed_tokens.weight"] =
      own.tensors["blk.4.nextn.shared_head_head.weight"] = {Type::kF32, {512, 64}, {}};
  EXPECT_TRUE(value_of(own.plan()).mtp->embedding.has_value());
  EXPECT_TRUE(value_of(own.plan()).mtp->head.has_value());

  GgufModel only = model;
  std::erase_if(only.tensors,
                [](const auto& item) { return item.first < "blk.4." && item.first.starts_with("blk."); });
  EXPECT_TRUE(has(only.error(), "missing: blk.0.attn_norm.weight [64]"));
}

TEST(Gguf, RecurrentLayers) {
  GgufModel model = make_gguf_model("qwen35moe", true);
  model.set("attention.recurrent_layers", std::vector<int32_t>{1, 1, 1, 0, 0});
  EXPECT_OK(model.plan());
  model.set("attention.recurrent_layers", std::vector<int32_t>{1, 1, 0, 1});
  EXPECT_TRUE(has(model.error(), "missing: blk.2.attn_q.weight"));
  model.set("attention.recurrent_layers", std::vector<int32_t>{1, 1});
  EXPECT_TRUE(has(model.error(), "must name the kind of each of the 4 layers"));
  model.metadata.erase("attention.recurrent_layers");
  model.number("full_attention_interval", 2);
  EXPECT_TRUE(has(model.error(), "missing: blk.1.attn_q.weight"));
}

TEST(Gguf, HeadCountsByLayer) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.set("attention.head_count_kv", std::vector<int32_t>{2, 2, 2, 2});
  EXPECT_OK(model.plan());
  model.set("attention.head_count_kv", std::vector<int32_t>{2, 2, 4, 2});
  model.tensors["blk.2.attn_k.weight"].shape = model.tensors["blk.2.attn_v.weight"].shape = {128, 64};
  const Plan plan = value_of(model.plan());
  EXPECT_EQ(attention_of(plan, 4).kv_heads, 4);
  EXPECT_EQ(attention_of(plan, 6).kv_heads, 2);
  model.set("attention.head_count_kv", std::vector<int32_t>{2, 2, 3, 2});
  EXPECT_TRUE(has(model.error(), "is not a multiple of"));
  model.set("attention.head_count_kv", std::vector<int32_t>{2, 2});
  EXPECT_TRUE(has(model.error(), "for each of 4 layers"));

  GgufModel hybrid = make_gguf_model("qwen35moe", true);
  hybrid.set("attention.head_count", std::vector<int32_t>{0, 0, 0, 4});
  hybrid.set("attention.head_count_kv", std::vector<int32_t>{0, 0, 0, 2});
  hybrid.metadata.erase("ssm.inner_size");
  EXPECT_OK(hybrid.plan());
  hybrid.set("attention.head_count_kv", std::vector<int32_t>{2, 2, 2, 0});
  EXPECT_TRUE(has(hybrid.error(), "Layer 3 is attention without heads"));
}

TEST(Gguf, Yarn) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.set("rope.scaling.type", std::string("yarn"));
  model.set("rope.scaling.factor", 4.0f);
  model.number("rope.scaling.original_context_length", 2048);
  model.set("rope.scaling.yarn_beta_fast", 16.0f);
  const Plan plan = value_of(model.plan());
  const Yarn& yarn = attention_of(plan, 0).rope.yarn.value();
  EXPECT_EQ(yarn.beta_fast, 16);
  EXPECT_EQ(yarn.original_context, 2048);
  EXPECT_NEAR(yarn.attention_factor, 0.1 * std::log(4.0) + 1, 1e-12);
  EXPECT_EQ(plan.context, 8192);
  model.set("rope.scaling.attn_factor", 0.5f);
  EXPECT_NEAR(attention_of(value_of(model.plan()), 0).rope.yarn->attention_factor,
              0.5 * yarn.attention_factor, 1e-12);
  model.set("rope.scaling.yarn_ext_factor", 0.0f);
  EXPECT_TRUE(has(model.error(), "\"qwen3moe.rope.scaling.yarn_ext_factor\" is not 1"));
  model.set("rope.scaling.type", std::string("linear"));
  EXPECT_TRUE(has(model.error(), "is \"linear\""));
  model.set("rope.scaling.factor", 1.0f);
  EXPECT_FALSE(attention_of(value_of(model.plan()), 0).rope.yarn.has_value()) << "linear by 1 is none";
  model.metadata.erase("rope.scaling.type");
  EXPECT_OK(model.plan());
  model.set("rope.scale_linear", 4.0f);
  EXPECT_TRUE(has(model.error(), "\"qwen3moe.rope.scale_linear\" is not 1"));
  model.metadata.erase("rope.scale_linear");
  model.set("rope.scaling.factor", 4.0f);
  EXPECT_TRUE(has(model.error(), "\"qwen3moe.rope.scaling.factor\" is not 1"))
      << "without a type it is linear";
  model.set("rope.scaling.type", std::string("none"));
  EXPECT_FALSE(attention_of(value_of(model.plan()), 0).rope.yarn.has_value());
}

TEST(Gguf, DenseLayersAreThoseWithoutRouter) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.number("feed_forward_length", 96);
  std::erase_if(model.tensors, [](const auto& item) {
    return item.first.starts_with("blk.1.ffn_") && !item.first.ends_with("norm.weight");
  });
  model.tensors["blk.1.ffn_gate.weight"] = model.tensors["blk.1.ffn_up.weight"] = {Type::kF32, {96, 64}, {}};
  model.tensors["blk.1.ffn_down.weight"] = {Type::kF32, {64, 96}, {}};
  EXPECT_EQ(kind_name(value_of(model.plan()).blocks[3].work), "dense");
  model.metadata.erase("feed_forward_length");
  EXPECT_TRUE(has(model.error(), "Layer 1 is dense, but the width of dense layers is not given"));
}

TEST(Gguf, RefusedByName) {
  GgufModel gating = make_gguf_model("qwen3moe");
  gating.number("expert_gating_func", 2);
  EXPECT_TRUE(has(gating.error(), "\"qwen3moe.expert_gating_func\" is not softmax"));
  GgufModel window = make_gguf_model("qwen3moe");
  window.number("attention.sliding_window", 512);
  EXPECT_TRUE(has(window.error(), "sliding-window attention is not supported"));
  GgufModel values = make_gguf_model("qwen3moe");
  values.number("attention.value_length", 64);
  EXPECT_TRUE(has(values.error(), "\"qwen3moe.attention.value_length\" differs"));
  GgufModel extra = make_gguf_model("qwen3moe");
  extra.tensors["blk.0.attn_sinks.weight"] = {Type::kF32, {4}, {}};
  extra.tensors["rope_freqs.weight"] = {Type::kF32, {16}, {}};
  EXPECT_TRUE(has(extra.error(), "unexpected: blk.0.attn_sinks.weight F32 [4]"));
  EXPECT_FALSE(has(extra.error(), "rope_freqs"));
}

TEST(Gguf, KnownKeysNameWhatTheyHold) {
  GgufModel model = make_gguf_model("qwen3moe");
  model.set("unknown", uint64_t{1} << 63);
  EXPECT_OK(model.plan());
  model.set("embedding_length", uint64_t{1} << 63);
  model.set("context_length", std::vector<uint64_t>{~uint64_t{0}});
  model.set("attention.head_count", -4);
  model.set("expert_used_count", 0.5f);
  const std::string error = model.error();
  for (const char* key : {"embedding_length\" must be", "context_length\" must be", "it is 9.22337203685477",
                          "attention.head_count\" must be", "expert_used_count\" must be"}) {
    EXPECT_TRUE(has(error, key)) << key << "\n" << error;
  }
}

TEST(Gguf, Lies) {
  GgufModel model = make_gguf_model("qwen35moe");
  model.number("block_count", 4000000000u);
  model.set("attention.head_count", std::string("four"));
  model.number("ssm.inner_size", 130);
  model.set("rope.freq_base", std::nanf(""));
  const std::string error = model.error();
  for (const char* text :
       {"\"qwen35moe.block_count\" must be", "it is \"four\"",
        "\"qwen35moe.ssm.inner_size\" is not a multiple", "\"qwen35moe.rope.freq_base\" must be"}) {
    EXPECT_TRUE(has(error, text)) << text << "\n" << error;
  }
  model.number("block_count", 1);
  model.number("nextn_predict_layers", 1);
  EXPECT_TRUE(has(model.error(), "leaves no decoder layer") || has(model.error(), "four"));
}

}  // namespace
}  // namespace tug
