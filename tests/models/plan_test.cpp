// Walks, costs and prints of plans.
#include <gtest/gtest.h>

#include "models/gguf_model.h"
#include "models/hf_model.h"
#include "plan/cost.h"
#include "plan/print.h"
#include "plan/walk.h"
#include "support/expect.h"

namespace tug {
namespace {

std::string names(const Plan& plan, UnitId unit) {
  std::string text;
  for_each_linear(plan, unit, [&](std::string_view name, const Linear&) { text += std::string(name) + " "; });
  return text;
}

TEST(Walk, LinearsInTheOrderOfTheirUse) {
  const Plan plan = value_of(make_hf_model(qwen3_5_moe_text_config(), ExpertLayout::kFused).plan());
  EXPECT_EQ(names(plan, {0, -1}), "qkv z a b out ");
  EXPECT_EQ(names(plan, {1, -1}), "router shared_gate shared.gate shared.up shared.down ");
  EXPECT_EQ(names(plan, {1, 7}), "gate up down ");
  EXPECT_EQ(names(plan, {6, -1}), "q k v o ");
  EXPECT_EQ(names(plan, {UnitId::kHead, -1}), "head ");
}

TEST(Walk, UnitsBlockByBlockTheHeadLast) {
  Json config = qwen3_moe_config();
  config.set("mlp_only_layers", Json::array({0}));
  const Plan plan = value_of(make_hf_model(config, ExpertLayout::kSingle).plan());
  std::vector<UnitId> units;
  for_each_unit(plan, [&](UnitId unit) { units.push_back(unit); });
  ASSERT_EQ(units.size(), 8 + 3 * 8 + 1);
  EXPECT_EQ(units[1], (UnitId{1, -1}));  // the dense layer
  EXPECT_EQ(units[3], (UnitId{3, -1}));
  EXPECT_EQ(units[4], (UnitId{3, 0}));
  EXPECT_EQ(units[11], (UnitId{3, 7}));
  EXPECT_EQ(units.back(), (UnitId{UnitId::kHead, -1}));
}

TEST(Walk, VectorsAreNumberedInOrder) {
  const Plan plan = value_of(make_hf_model(qwen2_moe_config(), ExpertLayout::kSingle).plan());
  EXPECT_EQ(plan.vectors, 4 * (2 + 3) + 1);
  int32_t next = 0;
  for_each_vector(plan, [&](const Vector& vector) { EXPECT_EQ(vector.id, next++); });
  EXPECT_EQ(next, plan.vectors);
  std::string text;
  for_each_vector(plan.blocks[0],
                  [&](std::string_view name, const Vector&) { text += std::string(name) + " "; });
  EXPECT_EQ(text, "norm q.bias k.bias v.bias ");
  EXPECT_EQ(plan.head_norm.weight.id, plan.vectors - 1);

  const Plan hybrid = value_of(make_gguf_model("qwen35moe", true).plan());
  text.clear();
  for_each_vector(hybrid.blocks[0],
                  [&](std::string_view name, const Vector&) { text += std::string(name) + " "; });
  EXPECT_EQ(text, "norm conv decay dt_bias gate_norm ");
  EXPECT_EQ(hybrid.mtp->norm.weight.id, -1) << "left out";
}

TEST(Cost, OfUnitsAddsUp) {
  for (const ExpertLayout layout : {ExpertLayout::kSingle, ExpertLayout::kFp8}) {
    const Plan plan = value_of(make_hf_model(qwen3_next_config(), layout).plan());
    Cost sum;
    for_each_unit(plan, [&](UnitId unit) { sum += cost_of(plan, unit); });
    const Cost whole = cost_of(plan);
    EXPECT_EQ(sum.parameters + plan.vocabulary * plan.hidden, whole.parameters);
    EXPECT_EQ(sum.stored_bytes + stored_bytes(plan.embedding), whole.stored_bytes);
    EXPECT_EQ(sum.recurrent_bytes, whole.recurrent_bytes);
    EXPECT_EQ(sum.active_parameters - whole.active_parameters, 4 * 6 * 3 * 32 * 64) << "6 of 8 experts sleep";
  }
}

TEST(Cost, ByHand) {
  const Plan plan = value_of(make_hf_model(qwen3_next_config(), ExpertLayout::kFp8).plan());
  const Cost expert = cost_of(plan, {1, 0});
  EXPECT_EQ(expert.parameters, 3 * 32 * 64);
  EXPECT_EQ(expert.stored_bytes, 3 * (32 * 64 + 2)) << "one BF16 scale each";
  EXPECT_EQ(expert.operations_per_token, 2 * 3 * 32 * 64);
  const Cost delta_net = cost_of(plan.blocks[0]);
  EXPECT_EQ(delta_net.recurrent_bytes, (4 * 32 * 32 + 3 * 256) * 4);
  EXPECT_EQ(delta_net.parameters, (256 + 128 + 8) * 64 + 64 * 128 + 256 * 4 + 4 + 4 + 32 + 64);
  const Cost attention = cost_of(plan.blocks[6]);
  EXPECT_EQ(attention.kv_bytes_per_token, 2 * 2 * 32 * 4);
  EXPECT_EQ(attention.operations_per_context_token, 4 * 4 * 32);
}

TEST(Print, Table) {
  GgufModel model = make_gguf_model("qwen3next", true);
  for (auto& [name, entry] : model.tensors) {
    if (name.ends_with("gate_exps.weight")) entry.type = name[4] == '0' ? Type::kQ8_0 : Type::kQ4_0;
  }
  const std::string text = print_plan(value_of(model.plan()));
  for (const char* line : {
           "qwen3_next \"model\"\n",
           "  sizes       hidden 64, layers 4, vocabulary 512, context 4,096\n",
           "  layers      3 x gated_delta_net + moe, 1 x attention + moe\n",
           "\n3 layers of gated_delta_net + moe: 0-2\n",
           "  gated_delta_net: 4 value heads of 32, 2 key heads of 32, convolution over 4\n",
           "  moe: 2 of 8 experts, renormalised, and a shared one\n",
           "  qkv                    1  [256, 64]            192.0 KiB   192.0 KiB    98.3 k  F32\n",
           "  Q4_0 x16, Q8_0 x8\n",
           "  attention: 4 heads, 2 for keys and values, of 32, gated; rotary 8, theta 1e+07\n",
           "multi-token prediction (kept, not used)\n",
       }) {
    EXPECT_NE(text.find(line), text.npos) << line << "\n" << text;
  }
}

TEST(Print, Json) {
  const Plan plan = value_of(make_hf_model(qwen3_moe_config(), ExpertLayout::kSingle).plan());
  const Json json = plan_json(plan);
  EXPECT_EQ(json.find("architecture")->as_string(), "qwen3_moe");
  EXPECT_EQ(json.find("cost")->find("parameters")->as_integer(), cost_of(plan).parameters);
  EXPECT_TRUE(json.find("mtp")->is_null());
  ASSERT_EQ(json.find("layer_kinds")->items().size(), 1);
  const Json& kind = json.find("layer_kinds")->items()[0];
  EXPECT_EQ(kind.find("kind")->as_string(), "attention + moe");
  EXPECT_EQ(kind.find("layers")->dump(), "[0,1,2,3]");
  EXPECT_EQ(kind.find("works")->find("moe")->as_string(), "2 of 8 experts, renormalised");
  const Json& last = kind.find("weights")->items().back();
  EXPECT_EQ(last.dump(),
            R"({"name":"expert.down","shape":[64,32],"count":32,"formats":{"BF16":32},"stored_bytes":131072,)"
            R"("bytes_per_token":32768})");
}

}  // namespace
}  // namespace tug
