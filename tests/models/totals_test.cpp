// Parameters and bytes of the released models, from their configs alone, against the published totals.
#include <gtest/gtest.h>

#include <chrono>

#include "models/hf_model.h"
#include "plan/cost.h"
#include "plan/print.h"
#include "plan/walk.h"
#include "support/expect.h"

namespace tug {
namespace {

struct Totals {
  const char* name;
  const char* config;
  ExpertLayout experts;
  bool has_mtp;
  int64_t parameters, mtp_parameters;
  double active;                      // 1e9, rounded to three digits as published
  int64_t kv_bytes, recurrent_bytes;  // float32
};

// "Qwen3.5-122B" and so on: sizes of the published configs.
#define QWEN3(hidden, layers, heads, kv, experts, width)                                                     \
  "{\"model_type\": \"qwen3_moe\", \"vocab_size\": 151936, \"max_position_embeddings\": 40960, "             \
  "\"head_dim\": 128, \"num_experts_per_tok\": 8, \"hidden_size\": " #hidden                                 \
  ", \"num_hidden_layers\": " #layers ", \"num_attention_heads\": " #heads ", \"num_key_value_heads\": " #kv \
  ", \"num_experts\": " #experts ", \"moe_intermediate_size\": " #width "}"
#define HYBRID(type, vocabulary, hidden, layers, heads, experts, top_k, width, value_heads)                \
  "{\"model_type\": \"" type "\", \"vocab_size\": " #vocabulary                                            \
  ", \"max_position_embeddings\": 262144, "                                                                \
  "\"head_dim\": 256, \"num_key_value_heads\": 2, \"linear_num_key_heads\": 16, \"linear_key_head_dim\": " \
  "128, "                                                                                                  \
  "\"linear_value_head_dim\": 128, \"linear_conv_kernel_dim\": 4, \"hidden_size\": " #hidden               \
  ", \"num_hidden_layers\": " #layers ", \"num_attention_heads\": " #heads ", \"num_experts\": " #experts  \
  ", \"num_experts_per_tok\": " #top_k ", \"moe_intermediate_size\": " #width                              \
  ", \"shared_expert_intermediate_size\": " #width ", \"linear_num_value_heads\": " #value_heads "}"
#define QWEN2(hidden, layers, heads, kv, experts, top_k, width, shared)                                 \
  "{\"model_type\": \"qwen2_moe\", \"vocab_size\": 151936, \"max_position_embeddings\": 32768, "        \
  "\"hidden_size\": " #hidden ", \"num_hidden_layers\": " #layers ", \"num_attention_heads\": " #heads  \
  ", \"num_key_value_heads\": " #kv ", \"num_experts\": " #experts ", \"num_experts_per_tok\": " #top_k \
  ", \"moe_intermediate_size\": " #width ", \"shared_expert_intermediate_size\": " #shared "}"

const Totals kTotals[] = {
    {"Qwen1.5-MoE-A2.7B", QWEN2(2048, 24, 16, 16, 60, 4, 1408, 5632), ExpertLayout::kSingle, false,
     14315784192, 0, 2.378, 2 * 196608, 0},
    {"Qwen2-57B-A14B", QWEN2(3584, 28, 28, 4, 64, 8, 2560, 20480), ExpertLayout::kSingle, false, 57408658944,
     0, 13.705, 2 * 57344, 0},
    {"Qwen3-30B-A3B", QWEN3(2048, 48, 32, 4, 128, 768), ExpertLayout::kSingle, false, 30532122624, 0, 3.042,
     2 * 98304, 0},
    {"Qwen3-235B-A22B", QWEN3(4096, 94, 64, 4, 128, 1536), ExpertLayout::kSingle, false, 235093634560, 0,
     21.568, 2 * 192512, 0},
    {"Qwen3-Coder-480B-A35B", QWEN3(6144, 62, 96, 8, 160, 2560), ExpertLayout::kSingle, false, 480154875392,
     0, 34.541, 2 * 253952, 0},
    {"Qwen3-Next-80B-A3B", HYBRID("qwen3_next", 151936, 2048, 48, 16, 512, 10, 512, 32),
     ExpertLayout::kSingle, true, 79674391296, 1650471424, 3.564, 2 * 24576,
     36 * (32 * 128 * 128 + 3 * 8192) * 4},
    {"Qwen3.5-35B-A3B", HYBRID("qwen3_5_moe_text", 248320, 2048, 40, 16, 256, 8, 512, 32),
     ExpertLayout::kFused, true, 34660610688, 844640768, 2.946, 2 * 20480,
     30 * (32 * 128 * 128 + 3 * 8192) * 4},
    {"Qwen3.5-122B-A10B", HYBRID("qwen3_5_moe_text", 248320, 3072, 48, 32, 256, 8, 1024, 64),
     ExpertLayout::kFused, true, 122111526912, 2523679232, 9.008, 2 * 24576,
     36 * (64 * 128 * 128 + 3 * 12288) * 4},
    {"Qwen3.5-397B-A17B", HYBRID("qwen3_5_moe_text", 248320, 4096, 60, 32, 512, 10, 1024, 64),
     ExpertLayout::kFused, true, 396346350336, 6595568128, 16.332, 2 * 30720,
     45 * (64 * 128 * 128 + 3 * 12288) * 4},
};

TEST(Totals, ReleasedModels) {
  for (const Totals& expected : kTotals) {
    SCOPED_TRACE(expected.name);
    const Plan plan =
        value_of(make_hf_model(json_of(expected.config), expected.experts, expected.has_mtp).plan());
    const Cost cost = cost_of(plan);
    EXPECT_EQ(cost.parameters, expected.parameters);
    EXPECT_EQ(cost.stored_bytes, 2 * expected.parameters);
    EXPECT_NEAR(static_cast<double>(cost.active_parameters) / 1e9, expected.active, 0.0005);
    EXPECT_EQ(cost.bytes_per_token, 2 * cost.active_parameters);
    EXPECT_EQ(plan.mtp.has_value(), expected.has_mtp);
    EXPECT_EQ(plan.mtp ? cost_of(*plan.mtp).parameters : 0, expected.mtp_parameters);
    EXPECT_EQ(cost.kv_bytes_per_token, expected.kv_bytes);
    EXPECT_EQ(cost.recurrent_bytes, expected.recurrent_bytes);
  }
}

TEST(Totals, TheLargestModel) {
  const Plan plan = value_of(make_hf_model(qwen3_8_config(), ExpertLayout::kFused, true).plan());
  const Cost cost = cost_of(plan);
  EXPECT_EQ(cost.parameters, 2419804697984);
  EXPECT_EQ(cost.active_parameters, 93253629312);
  EXPECT_EQ(cost_of(*plan.mtp).parameters, 26378027520);
  EXPECT_EQ(cost_of(*plan.mtp).active_parameters, 1111540224);
  EXPECT_EQ(cost.operations_per_context_token, 23 * 64 * 256 * 4);
  EXPECT_EQ(cost.kv_bytes_per_token, 2 * 94208);
  EXPECT_EQ(plan.blocks.size(), 184);
  int64_t units = 0;
  for_each_unit(plan, [&](UnitId) { ++units; });
  EXPECT_EQ(units, 184 + 92 * 512 + 1);

  const std::string text = print_plan(plan);
  EXPECT_NE(text.find("3 x gated_delta_net + moe, 1 x attention + moe, 23 times"), text.npos) << text;
  EXPECT_NE(text.find("2,419,804,697,984, 93,253,629,312 active"), text.npos) << text;
}

TEST(Totals, TheLargestModelInFp8PlansAtOnce) {
  const HfModel model = make_hf_model(qwen3_8_config(), ExpertLayout::kFp8, true);
  ASSERT_GT(model.tensors.size(), 286000u);
  const Checkpoint checkpoint = value_of(model.open());
  const auto begin = std::chrono::steady_clock::now();
  const Plan plan = value_of(make_plan(checkpoint));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(time.count(), 30) << "a release build takes a quarter of a second";
  RecordProperty("seconds", std::to_string(time.count()));

  const auto& experts = std::get<MoeFfn>(plan.blocks[1].work).experts;
  ASSERT_EQ(experts.size(), 512);
  EXPECT_EQ(experts[7].gate.weight.type, Type::kF8_E4M3);
  EXPECT_EQ(experts[7].gate.weight.block_scales.size, 16 * 64 * 2);
  EXPECT_LT(sizeof(Expert) * 512 * 92, 60u << 20);
  // 46.3 GB of experts, 93.9 GB of the rest.
  EXPECT_NEAR(static_cast<double>(cost_of(plan).bytes_per_token), 140.2e9, 0.1e9);
}

}  // namespace
}  // namespace tug
