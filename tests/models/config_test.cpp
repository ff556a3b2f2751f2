// config.json: every spelling that has been written, everything that it can say, and lies.
#include <gtest/gtest.h>

#include <cmath>

#include "models/hf_model.h"
#include "plan/print.h"
#include "support/expect.h"
#include "support/safetensors_writer.h"

namespace tug {
namespace {

void rename(Json& config, const char* from, const char* to) {
  for (Json::Member& member : config.members()) {
    if (member.first == from) member.first = to;
  }
}

void erase(Json& config, const char* key) {
  std::erase_if(config.members(), [&](const Json::Member& member) { return member.first == key; });
}

HfModel qwen3_moe() { return make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle); }

/// The plan of a config with one setting changed; the tensors are those of the unchanged one.
Result<Plan> plan_with(HfModel model, const char* key, Json value) {
  model.text_config().set(key, std::move(value));
  return model.plan();
}

const Rope& rope_of(const Plan& plan) {
  for (const Block& block : plan.blocks) {
    if (const auto* attention = std::get_if<Attention>(&block.work)) return attention->rope;
  }
  throw std::runtime_error("no attention");
}

const MoeFfn& moe_of(const Plan& plan, size_t block = 1) {
  return std::get<MoeFfn>(plan.blocks.at(block).work);
}

TEST(Config, NewSpelling) {
  HfModel model = qwen3_moe();
  const std::string expected = print_plan(value_of(model.plan()));
  rename(model.config, "num_experts", "num_local_experts");
  erase(model.config, "rope_theta");
  model.config.set("dtype", "bfloat16");
  model.config.set("rope_parameters", json_of(R"({"rope_type": "default", "rope_theta": 1e6})"));
  EXPECT_EQ(print_plan(value_of(model.plan())).substr(200), expected.substr(200));

  model.config.set("rope_parameters",
                   json_of(R"({"full_attention": {"rope_type": "default", "rope_theta": 1e6}})"));
  EXPECT_EQ(rope_of(value_of(model.plan())).theta, 1e6);
}

TEST(Config, PartialRotaryInsideOrOutside) {
  HfModel model = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused, true);
  EXPECT_EQ(rope_of(value_of(model.plan())).dims, 8) << "a quarter is the default of the class";
  EXPECT_EQ(rope_of(value_of(plan_with(model, "partial_rotary_factor", 0.5))).dims, 16);
  model.config.set("rope_parameters", json_of(R"({"partial_rotary_factor": 0.75, "rope_theta": 1e7,
      "rope_type": "default", "mrope_section": [4, 4, 4], "mrope_interleaved": true})"));
  EXPECT_EQ(rope_of(value_of(model.plan())).dims, 24);
  EXPECT_EQ(rope_of(value_of(model.plan())).theta, 1e7);
  EXPECT_EQ(rope_of(value_of(qwen3_moe().plan())).dims, 32);
}

TEST(Config, NestedIsTheSameAsFlat) {
  const HfModel flat = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused);
  HfModel nested{
      json_of(R"({"model_type": "qwen3_5_moe", "tie_word_embeddings": false, "vision_config": {}})"), {}};
  nested.config.set("text_config", flat.config);
  nested = make_hf_model(nested.config, ExpertLayout::kFused);
  nested.tensors["model.visual.patch_embed.proj.weight"] = {"BF16", {8, 3, 2, 4, 4}};
  const Plan a = value_of(flat.plan()), b = value_of(nested.plan());
  EXPECT_EQ(print_plan(a).substr(print_plan(a).find("parameters")),
            print_plan(b).substr(print_plan(b).find("parameters")));
}

TEST(Config, Yarn) {
  const char* old_spelling = R"({"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768})";
  const Plan plan = value_of(plan_with(qwen3_moe(), "rope_scaling", json_of(old_spelling)));
  const Yarn& yarn = rope_of(plan).yarn.value();
  EXPECT_EQ(yarn.factor, 4);
  EXPECT_EQ(yarn.original_context, 32768);
  EXPECT_EQ(plan.context, 131072);
  EXPECT_NEAR(yarn.attention_factor, 1.1386294361119891, 1e-12);
  EXPECT_TRUE(yarn.truncate);

  const char* all = R"({"rope_type": "yarn", "factor": 8, "beta_fast": 16, "beta_slow": 2, "truncate": false,
                        "attention_factor": 1.5})";
  const Plan second = value_of(plan_with(qwen3_moe(), "rope_scaling", json_of(all)));
  EXPECT_EQ(rope_of(second).yarn->original_context, 4096) << "the config's own context";
  EXPECT_EQ(rope_of(second).yarn->beta_fast, 16);
  EXPECT_EQ(rope_of(second).yarn->beta_slow, 2);
  EXPECT_EQ(rope_of(second).yarn->attention_factor, 1.5);
  EXPECT_FALSE(rope_of(second).yarn->truncate);

  const char* weighted = R"({"rope_type": "yarn", "factor": 40, "mscale": 1, "mscale_all_dim": 0.5})";
  const Plan third = value_of(plan_with(qwen3_moe(), "rope_scaling", json_of(weighted)));
  EXPECT_NEAR(rope_of(third).yarn->attention_factor, (0.1 * std::log(40) + 1) / (0.05 * std::log(40) + 1),
              1e-12);

  const Plan unscaled =
      value_of(plan_with(qwen3_moe(), "rope_scaling", json_of(R"({"type": "yarn", "factor": 1})")));
  EXPECT_EQ(rope_of(unscaled).yarn->attention_factor, 1);
}

TEST(Config, ScalingByOneIsNone) {
  for (const char* scaling :
       {R"({"type": "linear", "factor": 1})", R"({"rope_type": "linear", "factor": 1.0})",
        R"({"type": "dynamic", "factor": 1.0})", R"({"rope_type": "default"})"}) {
    const Plan plan = value_of(plan_with(qwen3_moe(), "rope_scaling", json_of(scaling)));
    EXPECT_FALSE(rope_of(plan).yarn.has_value()) << scaling;
  }
}

TEST(Config, OfEqualKeysTheLastCounts) {
  const HfModel model = qwen3_moe();
  const std::string yarn = R"({"rope_type": "yarn", "factor": 4.0})";
  std::string text = model.config.dump();
  text.back() = ',';
  HfModel changed{json_of((text + R"("rope_scaling":null,"rope_scaling":)" + yarn + "}").c_str()),
                  model.tensors};
  EXPECT_TRUE(rope_of(value_of(changed.plan())).yarn.has_value());
  changed.config =
      json_of((text + R"("rope_scaling":{"rope_type":"default","rope_type":"yarn","factor":4}})").c_str());
  EXPECT_TRUE(rope_of(value_of(changed.plan())).yarn.has_value());
}

/// Sizes of keys and values are counted in 64 bits.
TEST(Config, ContextsThatNoMachineCouldHoldAreRefused) {
  const Result<Plan> plan = plan_with(qwen3_moe(), "max_position_embeddings", int64_t{1} << 40);
  EXPECT_OK(plan);
  Json config = qwen3_moe_config();
  config.set("max_position_embeddings", int64_t{1} << 40);
  config.set("num_attention_heads", 4096), config.set("num_key_value_heads", 4096);
  const HfModel wide = make_hf_model(config, ExpertLayout::kSingle);
  EXPECT_NE(wide.error().find("\"max_position_embeddings\" makes a context of 1,099,511,627,776 tokens"),
            std::string::npos)
      << wide.error();
}

TEST(Config, RouteRule) {
  EXPECT_TRUE(moe_of(value_of(qwen3_moe().plan())).rule.renormalise);
  EXPECT_FALSE(moe_of(value_of(plan_with(qwen3_moe(), "norm_topk_prob", false))).rule.renormalise);
  EXPECT_FALSE(moe_of(value_of(plan_with(qwen3_moe(), "norm_topk_prob", Json()))).rule.renormalise);
  const HfModel qwen2 = make_hf_model(qwen2_moe_config(), ExpertLayout::kSingle);
  EXPECT_FALSE(moe_of(value_of(qwen2.plan())).rule.renormalise);
  EXPECT_TRUE(moe_of(value_of(plan_with(qwen2, "norm_topk_prob", true))).rule.renormalise);
  const HfModel next = make_hf_model(qwen3_next_config(), ExpertLayout::kSingle);
  EXPECT_TRUE(moe_of(value_of(next.plan())).rule.renormalise);
  EXPECT_FALSE(moe_of(value_of(plan_with(next, "norm_topk_prob", false))).rule.renormalise);
  const HfModel newest = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused);
  EXPECT_TRUE(moe_of(value_of(plan_with(newest, "norm_topk_prob", false))).rule.renormalise);
  EXPECT_EQ(moe_of(value_of(plan_with(newest, "num_experts_per_tok", 8))).rule.top_k, 8);
}

TEST(Config, DenseLayersAmongSparseOnes) {
  auto kinds = [](const char* key, const char* value) {
    Json config = qwen3_moe_config();
    config.set(key, json_of(value));
    std::string text;
    for (const Block& block : value_of(make_hf_model(config, ExpertLayout::kSingle).plan()).blocks) {
      if (kind_name(block.work) != "attention") text += kind_name(block.work)[0];
    }
    return text;
  };
  EXPECT_EQ(kinds("mlp_only_layers", "[]"), "mmmm");
  EXPECT_EQ(kinds("mlp_only_layers", "[3, 0]"), "dmmd");
  EXPECT_EQ(kinds("decoder_sparse_step", "2"), "dmdm");
  EXPECT_EQ(kinds("decoder_sparse_step", "3"), "ddmd");
}

TEST(Config, LayerTypes) {
  Json config = qwen3_5_moe_text_config();
  config.set("layer_types",
             json_of(R"(["full_attention", "linear_attention", "full_attention", "full_attention"])"));
  const Plan plan = value_of(make_hf_model(config, ExpertLayout::kFused).plan());
  EXPECT_EQ(kind_name(plan.blocks[0].work), "attention");
  EXPECT_EQ(kind_name(plan.blocks[2].work), "gated_delta_net");
  EXPECT_EQ(kind_name(plan.blocks[4].work), "attention");

  config = qwen3_5_moe_text_config();
  config.set("full_attention_interval", 2);
  EXPECT_EQ(kind_name(value_of(make_hf_model(config, ExpertLayout::kFused).plan()).blocks[2].work),
            "attention");
}

TEST(Config, GateAndBiases) {
  HfModel ungated = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused);
  ungated.tensors["model.layers.3.self_attn.q_proj.weight"].shape = {128, 64};
  EXPECT_FALSE(
      std::get<Attention>(value_of(plan_with(ungated, "attn_output_gate", false)).blocks[6].work).gated);
  EXPECT_NE(ungated.error().find("q_proj.weight is [128, 64], expected [256, 64]"), std::string::npos);

  HfModel biased = qwen3_moe();
  biased.config.set("attention_bias", true);
  for (int layer = 0; layer < 4; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".self_attn.";
    biased.tensors[prefix + "q_proj.bias"] = biased.tensors[prefix + "o_proj.bias"] = {"BF16", {128}};
    biased.tensors[prefix + "k_proj.bias"] = biased.tensors[prefix + "v_proj.bias"] = {"BF16", {64}};
    biased.tensors[prefix + "o_proj.bias"].shape = {64};
  }
  EXPECT_EQ(std::get<Attention>(value_of(biased.plan()).blocks[0].work).o.bias.size, 64);

  HfModel unbiased = make_hf_model(qwen2_moe_config(), ExpertLayout::kSingle);
  EXPECT_EQ(std::get<Attention>(value_of(unbiased.plan()).blocks[0].work).k.bias.size, 32);
  std::erase_if(unbiased.tensors, [](const auto& item) { return item.first.ends_with(".bias"); });
  EXPECT_EQ(std::get<Attention>(value_of(plan_with(unbiased, "qkv_bias", false)).blocks[0].work).k.bias.size,
            0);

  const HfModel newest = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused);
  auto is_sigmoid = [&](const char* gate) {
    const Plan plan = value_of(plan_with(newest, "output_gate_type", gate));
    return std::get<GatedDeltaNet>(plan.blocks[0].work).sigmoid_gate;
  };
  EXPECT_FALSE(is_sigmoid("swish"));
  EXPECT_TRUE(is_sigmoid("sigmoid"));
}

TEST(Config, Tied) {
  HfModel model = qwen3_moe();
  model.config.set("tie_word_embeddings", true);
  EXPECT_TRUE(value_of(model.plan()).tied) << "a copy of the embedding may lie beside it";
  model.tensors.erase("lm_head.weight");
  const Plan plan = value_of(model.plan());
  EXPECT_EQ(plan.head.weight.bytes.offset, plan.embedding.bytes.offset);
}

TEST(Config, HeadDimensionFromTheHiddenSize) {
  const Plan plan = value_of(make_hf_model(qwen2_moe_config(), ExpertLayout::kSingle).plan());
  EXPECT_EQ(std::get<Attention>(plan.blocks[0].work).head_dim, 16);
}

struct Refusal {
  const char* key;
  const char* value;
  const char* message;
};

TEST(Config, RefusedByName) {
  const Refusal refusals[] = {
      {"hidden_act", R"("gelu")", "\"hidden_act\" is \"gelu\""},
      {"rope_scaling", R"({"type": "linear", "factor": 2})", "is \"linear\""},
      {"rope_scaling", R"({"rope_type": "llama3", "factor": 2})", "is \"llama3\""},
      {"quantization_config", R"({"quant_method": "awq"})", "quant_method \"awq\""},
      {"quantization_config", R"({"quant_method": "gptq"})", "quant_method \"gptq\""},
      {"quantization_config", R"({"quant_algo": "NVFP4"})", "quant_method null"},
      {"quantization_config", R"({"quant_method": "fp8", "weight_block_size": [64, 64]})",
       "weight_block_size [64,64]"},
      {"quantization_config", R"({"quant_method": "fp8", "weight_block_size": null})",
       "weight_block_size null"},
      {"quantization_config", R"({"quant_method": "fp8", "fmt": "e5m2"})", "fmt \"e5m2\""},
      {"quantization_config", R"({"quant_method": "fp8"})", "per-tensor FP8"},
      {"quantization_config", R"({"quant_method": "bitsandbytes"})", "which is bitsandbytes"},
      {"quantization_config", R"({"quant_method": "compressed-tensors"})", "or a GGUF file of it"},
      {"quantization_config", R"({"group_size": 64, "bits": 4})", "MLX"},
      {"quantization", R"({"group_size": 64, "bits": 4})", "\"quantization\" is that of MLX"},
      {"layer_types", R"(["full_attention", "sliding_attention"])", "has \"sliding_attention\""},
      {"model_type", R"("qwen3_vl_moe")",
       "architecture \"qwen3_vl_moe\" is not supported. Supported are qwen2,"},
      {"model_type", R"("qwen4_exp")", "architecture \"qwen4_exp\""},
      {"model_type", R"("qwen3_5 qwen3_5_text")", "is not supported"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.value);
    const Result<Plan> plan = plan_with(qwen3_moe(), refusal.key, json_of(refusal.value));
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(plan.error().message().find(refusal.message), std::string::npos) << plan.error().message();
  }
  const HfModel newest = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused);
  EXPECT_FALSE(plan_with(newest, "output_gate_type", "tanh").ok());
  EXPECT_FALSE(plan_with(newest, "layer_types",
                         json_of(R"(["mamba2","full_attention","full_attention","full_attention"])"))
                   .ok());
}

TEST(Config, SlidingWindow) {
  HfModel model = qwen3_moe();
  model.config.set("sliding_window", 1024);
  EXPECT_OK(model.plan());
  model.config.set("use_sliding_window", true);
  EXPECT_NE(model.error().find("\"sliding_window\" is in use"), std::string::npos);
  HfModel qwen2 = make_hf_model(qwen2_moe_config(), ExpertLayout::kSingle);
  qwen2.config.set("sliding_window", 1024);
  qwen2.config.set("use_sliding_window", true);
  EXPECT_FALSE(qwen2.plan().ok());
  qwen2.config.set("max_window_layers", 0);
  EXPECT_OK(qwen2.plan());
}

TEST(Config, Lies) {
  const Refusal lies[] = {
      {"num_hidden_layers", "1000000", "\"num_hidden_layers\" is 1,000,000, but there are only"},
      {"num_hidden_layers", "1000000000", "\"num_hidden_layers\" must be a whole number"},
      {"num_hidden_layers", "\"four\"", "it is \"four\""},
      {"num_attention_heads", "0", "\"num_attention_heads\" must be a whole number from 1"},
      {"num_attention_heads", "-4", "it is -4"},
      {"num_attention_heads", "3", "is not a multiple of \"num_key_value_heads\""},
      {"num_key_value_heads", "1e300", "\"num_key_value_heads\" must be"},
      {"num_key_value_heads", "2.5", "it is 2.5"},
      {"head_dim", "31", "an even number"},
      {"head_dim", "true", "\"head_dim\" must be"},
      {"hidden_size", "null", "\"hidden_size\" must be a whole number from 1 to 16,777,216; it is absent."},
      {"hidden_size", "[64]", "it is [64]"},
      {"hidden_size", "9223372036854775807", "\"hidden_size\" must be"},
      {"num_experts_per_tok", "9", "\"num_experts_per_tok\" must be a whole number from 1 to 8; it is 9."},
      {"num_experts", "60000", "missing: model.layers.0.mlp.experts.8.gate_proj.weight"},
      {"num_experts", "99999999", "\"num_experts\" must be"},
      {"rope_theta", "-1", "\"rope_theta\" must be a number"},
      {"partial_rotary_factor", "1.5", "\"partial_rotary_factor\" must be"},
      {"partial_rotary_factor", "0", "an even number"},
      {"rms_norm_eps", "\"small\"", "\"rms_norm_eps\" must be"},
      {"mlp_only_layers", "[\"a\"]", "\"mlp_only_layers\" must be an array of layer numbers"},
      {"mlp_only_layers", "3", "\"mlp_only_layers\" must be"},
      {"decoder_sparse_step", "0", "\"decoder_sparse_step\" must be"},
      {"tie_word_embeddings", "\"yes\"", "must be true or false"},
      {"rope_scaling", R"({"type": "yarn", "factor": 0.5})", "\"factor\" must be a number"},
      {"vocab_size", "513", "embed_tokens.weight is [512, 64], expected [513, 64]"},
  };
  for (const Refusal& lie : lies) {
    SCOPED_TRACE(std::string(lie.key) + " " + lie.value);
    const Result<Plan> plan = plan_with(qwen3_moe(), lie.key, json_of(lie.value));
    ASSERT_FALSE(plan.ok());
    EXPECT_NE(plan.error().message().find(lie.message), std::string::npos) << plan.error().message();
    EXPECT_LE(plan.error().message().size(), 1024u);
  }
}

TEST(Config, DeltaNetLies) {
  const Refusal lies[] = {
      {"linear_num_value_heads", "3", "is not a multiple of \"linear_num_key_heads\""},
      {"linear_num_key_heads", "0", "\"linear_num_key_heads\" must be"},
      {"linear_conv_kernel_dim", "1000", "\"linear_conv_kernel_dim\" must be"},
      {"linear_value_head_dim", "64", "in_proj_z.weight is [128, 64], expected [256, 64]"},
      {"layer_types", R"(["linear_attention"])", "must name the kind of each of the 4 layers"},
      {"layer_types", R"("linear_attention")", "must name the kind"},
      {"full_attention_interval", "0", "\"full_attention_interval\" must be"},
  };
  for (const Refusal& lie : lies) {
    SCOPED_TRACE(std::string(lie.key) + " " + lie.value);
    const HfModel model = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused, true);
    const Result<Plan> plan = plan_with(model, lie.key, json_of(lie.value));
    ASSERT_FALSE(plan.ok());
    EXPECT_NE(plan.error().message().find(lie.message), std::string::npos) << plan.error().message();
  }
}

TEST(Config, AllSettingsAtFaultAreNamed) {
  HfModel model = qwen3_moe();
  model.config.set("hidden_size", "wide");
  model.config.set("num_experts_per_tok", 0);
  model.config.set("hidden_act", "relu");
  const std::string error = model.error();
  for (const char* name : {"\"hidden_size\"", "\"num_experts_per_tok\"", "\"hidden_act\""}) {
    EXPECT_NE(error.find(name), std::string::npos) << error;
  }
}

TEST(Config, AnyValueAnywhereIsSafe) {
  const char* values[] = {
      "null", "true", "0",        "-1", "1",   "7",     "2147483648", "9223372036854775807",     "1e308",
      "0.5",  "\"\"", "\"yarn\"", "[]", "[0]", "[[1]]", "{}",         R"({"rope_type": "yarn"})"};
  Json config = qwen3_5_moe_text_config();
  for (const char* key :
       {"layer_types", "full_attention_interval", "rope_parameters", "rope_scaling", "head_dim",
        "partial_rotary_factor", "quantization_config", "output_gate_type", "text_config", "attn_output_gate",
        "attention_bias", "num_local_experts", "hidden_act"}) {
    if (!config.find(key)) config.set(key, Json());
  }
  const HfModel model = make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused, true);
  for (const Json::Member& member : config.members()) {
    for (const char* value : values) {
      SCOPED_TRACE(member.first + " " + value);
      HfModel changed = model;
      changed.config = config;
      changed.config.set(member.first, json_of(value));
      const Result<Plan> plan = changed.plan();
      EXPECT_LT(plan.ok() ? 0 : plan.error().message().size(), 1025u);
    }
  }
}

TEST(Config, WithoutTensorsAnyConfigIsSafe) {
  const std::string empty = SafetensorsWriter().bytes();
  for (const char* config : {"{}", R"({"model_type": 3})", R"({"model_type": "qwen3_moe"})",
                             R"({"model_type": "qwen3_5_moe", "text_config": {"num_hidden_layers": 99}})",
                             R"({"model_type": "qwen3_5_moe", "text_config": [[[]]]})"}) {
    SCOPED_TRACE(config);
    const Checkpoint checkpoint = value_of(Checkpoint::from_memory(
        "memory", {{"config.json", as_bytes(config)}, {"model.safetensors", as_bytes(empty)}}));
    EXPECT_FALSE(make_plan(checkpoint).ok());
  }
}

}  // namespace
}  // namespace tug
