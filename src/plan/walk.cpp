// One list of parts per kind of work, in the order of their use; the walks differ in which parts they visit.
#include "plan/walk.h"

#include <type_traits>

#include "base/check.h"

namespace tug {
namespace {

template <class Part, class Wanted>
constexpr bool kIs = std::is_same_v<std::remove_cvref_t<Part>, Wanted>;

void parts(auto& work, auto&& visit) requires kIs<decltype(work), Attention> {
  visit("q", work.q), visit("k", work.k), visit("v", work.v);
  if (work.q_norm) visit("q_norm", work.q_norm->weight);
  if (work.k_norm) visit("k_norm", work.k_norm->weight);
  visit("o", work.o);
}

void parts(auto& work, auto&& visit) requires kIs<decltype(work), GatedDeltaNet> {
  visit("qkv", work.qkv), visit("z", work.z), visit("a", work.a), visit("b", work.b);
  visit("conv", work.conv), visit("decay", work.decay), visit("dt_bias", work.dt_bias);
  visit("gate_norm", work.norm.weight);
  visit("out", work.out);
}

void parts(auto& work, auto&& visit) requires kIs<decltype(work), DenseFfn> {
  visit("gate", work.gate), visit("up", work.up), visit("down", work.down);
}

void parts(auto& work, auto&& visit) requires kIs<decltype(work), MoeFfn> {
  visit("router", work.router);
  if (!work.shared) return;
  visit("shared_gate", work.shared->gate);
  visit("shared.gate", work.shared->ffn.gate);
  visit("shared.up", work.shared->ffn.up);
  visit("shared.down", work.shared->ffn.down);
}

void linears(const auto& work, LinearVisitor visit) {
  parts(work, [&](std::string_view name, auto& part) {
    if constexpr (kIs<decltype(part), Linear>) visit(name, part);
  });
}

/// Calls visit(name, vector) for the present vectors of a block or a const block.
void vectors(auto& block, auto&& visit) {
  auto present = [&](std::string_view name, auto& vector) {
    if (vector.size > 0) visit(name, vector);
  };
  present("norm", block.norm.weight);
  auto one = [&](std::string_view name, auto& part) {
    if constexpr (kIs<decltype(part), Linear>) {
      if (part.bias.size > 0) present(std::string(name) + ".bias", part.bias);
    } else {
      present(name, part);
    }
  };
  std::visit([&](auto& work) { parts(work, one); }, block.work);
}

void plan_vectors(auto& plan, auto&& visit) {
  for (auto& block : plan.blocks) vectors(block, [&](std::string_view, auto& vector) { visit(vector); });
  if (plan.head_norm.weight.size > 0) visit(plan.head_norm.weight);
  if (plan.head.bias.size > 0) visit(plan.head.bias);
}

}  // namespace

void for_each_linear(const Block& block, LinearVisitor visit) {
  std::visit([&](const auto& work) { linears(work, visit); }, block.work);
}

void for_each_linear(const Expert& expert, LinearVisitor visit) { linears(expert, visit); }

void for_each_linear(const Plan& plan, UnitId unit, LinearVisitor visit) {
  if (unit.block == UnitId::kHead) return visit("head", plan.head);
  const Block& block = plan.blocks.at(static_cast<size_t>(unit.block));
  if (unit.expert < 0) return for_each_linear(block, visit);
  const auto* moe = std::get_if<MoeFfn>(&block.work);
  TUG_CHECK(moe != nullptr);
  for_each_linear(moe->experts.at(static_cast<size_t>(unit.expert)), visit);
}

void for_each_unit(const Plan& plan, FunctionRef<void(UnitId)> visit) {
  for (const Block& block : plan.blocks) {
    visit({block.index, -1});
    const auto* moe = std::get_if<MoeFfn>(&block.work);
    const auto experts = moe ? static_cast<int32_t>(moe->experts.size()) : 0;
    for (int32_t expert = 0; expert < experts; ++expert) visit({block.index, expert});
  }
  visit({UnitId::kHead, -1});
}

void for_each_vector(Block& block, VectorVisitor visit) { vectors(block, visit); }

void for_each_vector(const Block& block, ConstVectorVisitor visit) { vectors(block, visit); }

void number_vectors(Plan& plan) {
  plan.vectors = 0;
  plan_vectors(plan, [&](Vector& vector) { vector.id = plan.vectors++; });
}

void for_each_vector(const Plan& plan, FunctionRef<void(const Vector& vector)> visit) {
  plan_vectors(plan, visit);
}

}  // namespace tug
