// Tensors that do not fit: all of them in one error, and the ones that are known and not needed in none.
#include <gtest/gtest.h>

#include "models/hf_model.h"
#include "models/problems.h"
#include "support/expect.h"

namespace tug {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

TEST(TensorProblems, MissingMisshapedAndUnexpectedInOneError) {
  HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
  model.tensors.erase("model.layers.1.self_attn.q_norm.weight");
  model.tensors.erase("model.layers.2.mlp.experts.5.down_proj.weight");
  model.tensors["model.layers.0.mlp.gate.weight"].shape = {7, 64};
  model.tensors["model.layers.9.strange.weight"] = {"BF16", {3, 5}};
  model.tensors["model.layers.0.mlp.experts.8.up_proj.weight"] = {"BF16", {32, 64}};
  const Result<Plan> plan = model.plan();
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code(), ErrorCode::kNotFound);
  const std::string& error = plan.error().message();
  EXPECT_TRUE(has(error, "missing: model.layers.1.self_attn.q_norm.weight [32]")) << error;
  EXPECT_TRUE(has(error, "missing: model.layers.2.mlp.experts.5.down_proj.weight [64, 32]")) << error;
  EXPECT_TRUE(has(error, "model.layers.0.mlp.gate.weight is [7, 64], expected [8, 64]")) << error;
  EXPECT_TRUE(has(error, "unexpected: model.layers.9.strange.weight BF16 [3, 5]")) << error;
  EXPECT_TRUE(has(error, "unexpected: model.layers.0.mlp.experts.8.up_proj.weight")) << error;
}

TEST(TensorProblems, LongListsAreCut) {
  HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
  std::erase_if(model.tensors, [](const auto& item) { return item.first.ends_with("up_proj.weight"); });
  const std::string error = model.error();
  EXPECT_TRUE(has(error, "missing: model.layers.0.mlp.experts.0.up_proj.weight")) << error;
  EXPECT_TRUE(has(error, "missing: and 2")) << error;  // of 32
  EXPECT_LE(error.size(), 1024u);
}

TEST(TensorProblems, AllExpertsOfALayerAreOneLine) {
  HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
  std::erase_if(model.tensors,
                [](const auto& item) { return item.first.find("layers.2.mlp.experts") != item.first.npos; });
  const std::string error = model.error();
  EXPECT_TRUE(has(error, "missing: model.layers.2.mlp.experts.*: 8 experts, fused or one by one")) << error;
}

TEST(TensorProblems, HarmlessExtras) {
  HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
  for (const char* name :
       {"model.layers.0.self_attn.rotary_emb.inv_freq", "model.visual.blocks.0.norm1.weight",
        "visual.merger.norm.weight", "model.layers.1.self_attn.q_proj.input_scale",
        "model.layers.1.self_attn.k_proj.k_scale", "model.layers.1.self_attn.v_proj.v_scale",
        "model.layers.1.self_attn.attn.q_scale", "model.layers.1.self_attn.k_proj.output_scale",
        "model.layers.1.mlp.experts.0.up_proj.activation_scale", "model.layers.1.self_attn.kv_scale"}) {
    model.tensors[name] = {"F32", {16}};
  }
  EXPECT_OK(model.plan());
  model.tensors["mtp.fc.weight"] = {"BF16", {64, 128}};
  EXPECT_TRUE(has(model.error(), "unexpected: mtp.fc.weight")) << "Qwen3 has no such module";
}

TEST(TensorProblems, QuantisedTensorsGiveAwayTheirWay) {
  for (const auto& [suffix, name] :
       {std::pair("biases", "MLX"), std::pair("scales", "GPTQ or AWQ"), std::pair("absmax", "bitsandbytes"),
        std::pair("weight_scale", "per-tensor")}) {
    HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
    model.tensors["model.layers.0.self_attn.q_proj." + std::string(suffix)] = {"F16", {1}};
    EXPECT_TRUE(has(model.error(), name)) << model.error();
    EXPECT_TRUE(has(model.error(), "Please take the original model")) << model.error();
  }
}

TEST(TensorProblems, Prefixes) {
  for (const char* prefix : {"model.language_model.", "language_model.model."}) {
    const HfModel plain = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused, true);
    HfModel model{plain.config, {}};
    for (const auto& [name, entry] : plain.tensors) {
      std::string renamed = name.starts_with("model.") ? prefix + name.substr(6) : name;
      if (name.starts_with("mtp.")) renamed = "model." + name;
      if (name == "lm_head.weight" && prefix[0] == 'l') renamed = "language_model.lm_head.weight";
      model.tensors[renamed] = entry;
    }
    const Plan plan = value_of(model.plan());
    EXPECT_TRUE(plan.mtp.has_value());
  }
}

TEST(TensorProblems, BlockScales) {
  HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kFp8);
  EXPECT_OK(model.plan());
  HfModel without = model;
  without.tensors.erase("model.layers.0.mlp.experts.1.up_proj.weight_scale_inv");
  EXPECT_TRUE(has(without.error(), "missing: model.layers.0.mlp.experts.1.up_proj.weight_scale_inv [1, 1]"));
  HfModel unused = model;
  unused.tensors["lm_head.weight_scale_inv"] = {"F32", {4, 1}};
  EXPECT_TRUE(has(unused.error(), "unexpected: lm_head.weight_scale_inv"));
  HfModel odd = model;
  odd.tensors["model.layers.0.mlp.experts.1.up_proj.weight_scale_inv"].shape = {2, 1};
  EXPECT_TRUE(has(odd.error(), "up_proj.weight_scale_inv is [2, 1], expected [1, 1]"));
  HfModel norm = model;
  norm.tensors["model.norm.weight"].dtype = "F8_E4M3";
  EXPECT_TRUE(has(norm.error(), "model.norm.weight is F8_E4M3 [64], expected F32, F16 or BF16"));
  HfModel integers = model;
  integers.tensors["model.norm.weight"].dtype = "I16";
  EXPECT_TRUE(has(integers.error(), "model.norm.weight is of type I16, which is not supported"));
}

TEST(TensorProblems, FusedFp8ExpertsKeepTheirStoredMatrix) {
  Json config = qwen3_5_moe_text_config();
  config.set("moe_intermediate_size", 160);
  config.set("hidden_size", 192);
  HfModel model = make_hf_model(config, ExpertLayout::kFusedFp8);
  const Plan plan = value_of(model.plan());
  const Expert& expert = std::get<MoeFfn>(plan.blocks[1].work).experts[3];
  const Expert& before = std::get<MoeFfn>(plan.blocks[1].work).experts[2];
  const Matrix &gate = expert.gate.weight, &up = expert.up.weight;
  EXPECT_EQ(gate.bytes.size, 320 * 192);
  EXPECT_EQ(gate.bytes.offset, up.bytes.offset);
  EXPECT_EQ(gate.bytes.offset - before.gate.weight.bytes.offset, 320 * 192);
  ASSERT_EQ(gate.source_rows.size(), 1);
  EXPECT_EQ(gate.source_rows[0].first, 0);
  EXPECT_EQ(up.source_rows[0].first, 160);
  EXPECT_EQ(up.source_rows[0].count, 160);
  EXPECT_EQ(up.rows, 160);
  EXPECT_EQ(up.block_scales.size, 3 * 2 * 4);  // [320, 192]
  EXPECT_EQ(up.block_scales.offset - before.up.weight.block_scales.offset, 3 * 2 * 4);
  EXPECT_TRUE(expert.down.weight.source_rows.empty());

  for (const char* name : {"gate_up_proj", "down_proj"}) {
    for (int layer = 0; layer < 4; ++layer) {
      const std::string tensor = "model.layers." + std::to_string(layer) + ".mlp.experts." + name;
      auto scales = model.tensors.extract(tensor + "_scale_inv");
      scales.key() = tensor + ".weight_scale_inv";
      model.tensors.insert(std::move(scales));
    }
  }
  EXPECT_OK(model.plan());
}

TEST(TensorProblems, MtpIsOptionalButWhole) {
  HfModel model = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused, true);
  model.config.set("mtp_num_hidden_layers", 1);
  EXPECT_TRUE(value_of(model.plan()).mtp.has_value());
  HfModel partial = model;
  partial.tensors.erase("mtp.fc.weight");
  EXPECT_TRUE(has(partial.error(), "missing: mtp.fc.weight [64, 128]"));
  std::erase_if(model.tensors, [](const auto& item) { return item.first.starts_with("mtp."); });
  EXPECT_FALSE(value_of(model.plan()).mtp.has_value());
}

TEST(TensorProblems, InterleavedProjections) {
  const Plan plan = value_of(make_hf_model(qwen3_next_config(), ExpertLayout::kSingle).plan());
  const auto& net = std::get<GatedDeltaNet>(plan.blocks[0].work);
  // Each of the two key heads: q 32, k 32, v 64, z 64 rows; b 2, a 2.
  auto rows = [](const Linear& linear) {
    std::string text;
    for (const RowRange& range : linear.weight.source_rows) {
      text += std::to_string(range.first) + "+" + std::to_string(range.count) + " ";
    }
    return text;
  };
  EXPECT_EQ(rows(net.qkv), "0+32 192+32 32+32 224+32 64+64 256+64 ");
  EXPECT_EQ(rows(net.z), "128+64 320+64 ");
  EXPECT_EQ(rows(net.b), "0+2 4+2 ");
  EXPECT_EQ(rows(net.a), "2+2 6+2 ");
  EXPECT_EQ(net.qkv.weight.rows, 256);
}

TEST(TensorProblems, EveryKindHasALineHoweverLongTheNamesAre) {
  HfModel model = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
  const std::string long_name(24'000, 'n');
  for (int i = 0; i < 50; ++i) {
    model.tensors["model.layers.0." + long_name.substr(0, 4000) + std::to_string(i)] = {"BF16", {3}};
    model.tensors["model.layers.0.mlp.experts." + std::to_string(i % 8) + ".up_proj.weight"].shape = {7};
  }
  std::erase_if(model.tensors, [](const auto& item) { return item.first.ends_with("down_proj.weight"); });
  const std::string error = model.error();
  EXPECT_LE(error.size(), 1024u);
  for (const char* part :
       {"missing: model", "missing: and", "wrong shape or type: model", "unexpected: model.layers.0.nnn"}) {
    EXPECT_TRUE(has(error, part)) << part << " in " << error;
  }

  Json config = qwen3_moe_config();
  for (const char* key : {"hidden_act", "rope_scaling", "quantization_config", "hidden_size"}) {
    config.set(key, Json::object({{"type", long_name}, {"quant_method", long_name + "\u202e"}}));
  }
  const HfModel settings = make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle);
  const std::string lies = HfModel{config, settings.tensors}.error();
  EXPECT_LE(lies.size(), 1024u);
  for (const char* key : {"\"hidden_act\"", "\"quantization_config\"", "\"hidden_size\""}) {
    EXPECT_TRUE(has(lies, key)) << key << " in " << lies;
  }
}

}  // namespace
}  // namespace tug
