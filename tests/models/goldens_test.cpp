// Every golden checkpoint becomes a plan; safetensors and GGUF of the same case become the same plan, weight
// for weight.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "files/checkpoint.h"
#include "models/architecture.h"
#include "plan/cost.h"
#include "plan/print.h"
#include "plan/walk.h"
#include "support/expect.h"

namespace tug {
namespace {

const std::string kGoldens = TUG_SHARED_DIR "/goldens/";

class Goldens : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kGoldens)) GTEST_SKIP() << "no goldens";
  }
};

struct Opened {
  Checkpoint checkpoint;
  Plan plan;
};

Opened open(const std::string& path) {
  Checkpoint checkpoint = value_of(Checkpoint::open(kGoldens + path));
  Plan plan = value_of(make_plan(checkpoint));
  return {std::move(checkpoint), std::move(plan)};
}

using Rows = std::vector<std::vector<float>>;

/// A matrix as float32, block scales and all.
Rows read(const Checkpoint& checkpoint, const Matrix& matrix) {
  std::vector<std::byte> bytes(static_cast<size_t>(matrix.bytes.size));
  EXPECT_OK(checkpoint.read(matrix.bytes, bytes));
  const auto row_size = static_cast<size_t>(row_bytes(matrix.type, matrix.cols).value());
  const TypeInfo& info = type_info(matrix.type);
  std::vector<RowRange> ranges = matrix.source_rows;
  if (ranges.empty()) ranges = {{0, matrix.rows}};
  Rows rows;
  for (const RowRange& range : ranges) {
    for (int64_t r = range.first; r < range.first + range.count; ++r) {
      std::vector<float>& row = rows.emplace_back(matrix.cols);
      info.decode(bytes.data() + static_cast<size_t>(r) * row_size, matrix.cols / info.block_elements,
                  row.data());
    }
  }
  EXPECT_EQ(static_cast<int64_t>(rows.size()), matrix.rows);
  return rows;
}

/// GGUF's order of value heads: [Hk, r] -> [r, Hk], in groups of `size` rows from `first` on.
Rows tiled(const Rows& rows, const GatedDeltaNet& net, size_t first, size_t size) {
  const auto keys = static_cast<size_t>(net.key_heads), ratio = static_cast<size_t>(net.value_heads) / keys;
  Rows result(rows.begin(), rows.begin() + static_cast<int64_t>(first));
  for (size_t j = 0; j < ratio; ++j) {
    for (size_t i = 0; i < keys; ++i) {
      const auto from = rows.begin() + static_cast<int64_t>(first + (i * ratio + j) * size);
      result.insert(result.end(), from, from + static_cast<int64_t>(size));
    }
  }
  return result;
}

Rows transposed(const Rows& rows) {
  Rows result(rows[0].size(), std::vector<float>(rows.size()));
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < rows[r].size(); ++c) result[c][r] = rows[r][c];
  }
  return result;
}

/// What GGUF holds for a linear of a DeltaNet block, made from the safetensors' rows.
Rows reordered(std::string_view name, const Rows& rows, const GatedDeltaNet& net) {
  const auto value = static_cast<size_t>(net.value_dim);
  if (name == "qkv") return tiled(rows, net, static_cast<size_t>(2 * net.key_heads * net.key_dim), value);
  if (name == "z") return tiled(rows, net, 0, value);
  if (name == "out") return transposed(tiled(transposed(rows), net, 0, value));
  return tiled(rows, net, 0, 1);
}

std::vector<std::pair<std::string, Matrix>> linears(const Plan& plan, UnitId unit) {
  std::vector<std::pair<std::string, Matrix>> result;
  for_each_linear(plan, unit, [&](std::string_view name, const Linear& linear) {
    result.emplace_back(name, linear.weight);
  });
  return result;
}

void expect_same_weights(const Opened& hf, const Opened& gguf, UnitId unit) {
  const auto expected = linears(hf.plan, unit), found = linears(gguf.plan, unit);
  const GatedDeltaNet* net = nullptr;
  if (unit.block != UnitId::kHead) {
    net = std::get_if<GatedDeltaNet>(&gguf.plan.blocks[static_cast<size_t>(unit.block)].work);
  }
  ASSERT_EQ(expected.size(), found.size());
  for (size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(found[i].first);
    EXPECT_EQ(expected[i].first, found[i].first);
    Rows rows = read(hf.checkpoint, expected[i].second);
    if (net && net->tiled_heads) rows = reordered(found[i].first, rows, *net);
    EXPECT_EQ(rows, read(gguf.checkpoint, found[i].second));
  }
}

void expect_same_weights(const Opened& hf, const Opened& gguf) {
  for_each_unit(hf.plan, [&](UnitId unit) {
    SCOPED_TRACE(std::to_string(unit.block) + "." + std::to_string(unit.expert));
    expect_same_weights(hf, gguf, unit);
  });
}

/// The MTP module in the place of the model.
void leave_only_mtp(Plan& plan) {
  plan.blocks = std::move(plan.mtp->blocks);
  plan.head = plan.mtp->fc;
}

/// Everything but offsets and the order of value heads.
std::string structure(const Plan& plan) {
  std::string text = plan.architecture + std::to_string(plan.context) + (plan.tied ? "tied" : "");
  auto add_blocks = [&](const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      std::string work = describe(block.work);
      if (const size_t at = work.find(" (tiled)"); at != work.npos) work.erase(at, 8);
      text += "\n" + std::to_string(block.layer) + std::string(kind_name(block.work)) + " " + work;
      for_each_vector(block, [&](std::string_view name, const Vector& vector) {
        text += " " + std::string(name) + std::to_string(vector.size);
      });
    }
  };
  add_blocks(plan.blocks);
  if (plan.mtp) add_blocks(plan.mtp->blocks);
  return text;
}

TEST_F(Goldens, SafetensorsAndGgufAreTheSamePlan) {
  for (const char* name : {"qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen3_moe_yarn", "qwen3_next",
                           "qwen3_5", "qwen3_5_moe", "qwen3_5_moe_text"}) {
    SCOPED_TRACE(name);
    Opened hf = open(name), gguf = open(std::string(name) + "/model.gguf");
    EXPECT_EQ(structure(hf.plan), structure(gguf.plan));
    EXPECT_EQ(cost_of(hf.plan).parameters, cost_of(gguf.plan).parameters);
    EXPECT_EQ(hf.plan.vectors, gguf.plan.vectors);
    expect_same_weights(hf, gguf);
    ASSERT_EQ(hf.plan.mtp.has_value(), gguf.plan.mtp.has_value());
    if (!hf.plan.mtp) continue;
    leave_only_mtp(hf.plan);
    leave_only_mtp(gguf.plan);
    expect_same_weights(hf, gguf);
  }
}

TEST_F(Goldens, WhatTheFormatsDiffer) {
  const Plan hf = open("qwen3_5_moe").plan, gguf = open("qwen3_5_moe/model.gguf").plan;
  const auto& from_hf = std::get<GatedDeltaNet>(hf.blocks[0].work);
  const auto& from_gguf = std::get<GatedDeltaNet>(gguf.blocks[0].work);
  EXPECT_TRUE(hf.blocks[0].norm.zero_centred && hf.head_norm.zero_centred);
  EXPECT_FALSE(from_hf.norm.zero_centred);
  EXPECT_FALSE(gguf.blocks[0].norm.zero_centred || gguf.head_norm.zero_centred);
  EXPECT_TRUE(from_hf.decay_is_log);
  EXPECT_FALSE(from_gguf.decay_is_log);
  EXPECT_EQ(from_hf.key_head_of(5), 1);    // 5 / 4
  EXPECT_EQ(from_gguf.key_head_of(5), 1);  // 5 % 2
  EXPECT_EQ(from_gguf.key_head_of(6), 0);
  EXPECT_FALSE(std::get<GatedDeltaNet>(open("qwen3_next/model.gguf").plan.blocks[0].work).tiled_heads);
  // One key head: both orders are one.
  EXPECT_TRUE(std::get<GatedDeltaNet>(open("qwen3_5_moe_text/model.gguf").plan.blocks[0].work).tiled_heads);
}

TEST_F(Goldens, SpotChecks) {
  const Plan yarn = open("qwen3_moe_yarn").plan;
  const Rope& rope = std::get<Attention>(yarn.blocks[0].work).rope;
  ASSERT_TRUE(rope.yarn.has_value());
  EXPECT_EQ(rope.yarn->factor, 4);
  EXPECT_EQ(rope.yarn->original_context, 64);
  EXPECT_NEAR(rope.yarn->attention_factor, 0.1 * std::log(4.0) + 1, 1e-12);
  EXPECT_EQ(rope.dims, 32);
  EXPECT_EQ(rope.theta, 1e4);
  EXPECT_TRUE(yarn.tied);
  EXPECT_EQ(yarn.context, 4096);

  const Plan mixed = open("qwen2_moe_mixed").plan;
  EXPECT_EQ(kind_name(mixed.blocks[1].work), "moe");
  EXPECT_EQ(kind_name(mixed.blocks[3].work), "dense");
  EXPECT_TRUE(std::get<MoeFfn>(mixed.blocks[1].work).rule.renormalise);
  EXPECT_FALSE(std::get<MoeFfn>(open("qwen2_moe").plan.blocks[1].work).rule.renormalise);

  const Plan nested = open("qwen3_5_moe").plan;
  const auto& attention = std::get<Attention>(nested.blocks[6].work);
  EXPECT_EQ(attention.rope.dims, 16);
  EXPECT_TRUE(attention.gated);
  EXPECT_EQ(attention.q.weight.rows, 4 * 64 * 2);
  ASSERT_TRUE(nested.mtp.has_value());
  EXPECT_EQ(nested.mtp->fc.weight.cols, 128);
  EXPECT_EQ(nested.mtp->blocks.size(), 2);
  EXPECT_EQ(nested.mtp->blocks[0].layer, 4);

  const Plan zoo = open("zoo/zoo.gguf").plan;
  EXPECT_EQ(std::get<MoeFfn>(zoo.blocks[1].work).experts.size(), 4);
  EXPECT_EQ(zoo.embedding.type, Type::kQ4_K);
}

TEST_F(Goldens, BlockScales) {
  const Plan plan = open("qwen3_moe_fp8").plan;
  const auto& attention = std::get<Attention>(plan.blocks[0].work);
  EXPECT_EQ(attention.q.weight.type, Type::kF8_E4M3);
  EXPECT_EQ(attention.q.weight.scales_type, Type::kBF16);
  EXPECT_EQ(attention.q.weight.block_scales.size, 2 * 2 * 2);  // [256, 192] in blocks of 128, ragged
  EXPECT_EQ(std::get<MoeFfn>(plan.blocks[1].work).router.weight.type, Type::kBF16);
  EXPECT_EQ(std::get<MoeFfn>(plan.blocks[1].work).experts[3].down.weight.block_scales.size, 2 * 2 * 2);
}

}  // namespace
}  // namespace tug
