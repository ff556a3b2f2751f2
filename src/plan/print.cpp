#include "plan/print.h"

#include <algorithm>
#include <cstdio>

#include "base/units.h"
#include "plan/cost.h"
#include "plan/layer_kinds.h"

namespace tug {
namespace {

std::string padded(const std::string& text, size_t width, bool left = true) {
  if (text.size() >= width) return text;
  const std::string blanks(width - text.size(), ' ');
  return left ? text + blanks : blanks + text;
}

/// 1.234e9 -> "1.23 G".
std::string short_count(int64_t count) {
  constexpr const char* kUnits[] = {"", " k", " M", " G", " T", " P"};
  auto value = static_cast<double>(count);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f%s" : "%.3g%s", value, kUnits[unit]);
  return text;
}

std::string short_number(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", number);
  return text;
}

std::string describe(const Rope& rope) {
  std::string text = "rotary " + format_count(rope.dims) + ", theta " + short_number(rope.theta);
  if (!rope.yarn) return text;
  return text + ", yarn " + short_number(rope.yarn->factor) + " x " +
         short_number(rope.yarn->original_context);
}

std::string describe(const Attention& work) {
  return format_count(work.heads) + " heads, " + format_count(work.kv_heads) + " for keys and values, of " +
         format_count(work.head_dim) + (work.gated ? ", gated" : "") +
         (work.q.bias.size > 0 ? ", biased" : "") + "; " + describe(work.rope);
}

std::string describe(const GatedDeltaNet& work) {
  return format_count(work.value_heads) + " value heads of " + format_count(work.value_dim) + ", " +
         format_count(work.key_heads) + " key heads of " + format_count(work.key_dim) +
         (work.tiled_heads ? " (tiled)" : "") + ", convolution over " + format_count(work.conv_kernel);
}

std::string describe(const DenseFfn& work) { return "width " + format_count(work.up.weight.rows); }

std::string describe(const MoeFfn& work) {
  return format_count(work.rule.top_k) + " of " + std::to_string(work.experts.size()) + " experts" +
         (work.rule.renormalise ? ", renormalised" : "") + (work.shared ? ", and a shared one" : "");
}

std::string shape_text(int64_t rows, int64_t cols) {
  return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]";
}

/// "0-2, 4-6, 8": ascending numbers, runs collapsed; a regular pattern is cut after a few.
std::string runs_text(const std::vector<int32_t>& numbers) {
  constexpr int kRunsShown = 4;
  std::string text;
  int runs = 0;
  for (size_t i = 0; i < numbers.size();) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (runs == kRunsShown) text += ", ... " + std::to_string(numbers.back());
    if (runs++ == kRunsShown) break;
    text += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
    if (end - i > 1) text += "-" + std::to_string(numbers[end - 1]);
    i = end;
  }
  return text;
}

std::string types_text(const std::map<std::string, int64_t>& types) {
  if (types.size() == 1) return types.begin()->first;
  std::string text;
  for (const auto& [type, count] : types) {
    text += (text.empty() ? "" : ", ") + type + " x" + format_count(count);
  }
  return text;
}

std::string row(const std::string& name, const std::string& count, const std::string& shape, const Cost& cost,
                const std::string& types) {
  return "  " + padded(name, 14) + padded(count, 10, false) + "  " + padded(shape, 18) +
         padded(format_size(cost.stored_bytes), 12, false) +
         padded(format_size(cost.bytes_per_token), 12, false) +
         padded(short_count(cost.operations_per_token), 10, false) + "  " + types + "\n";
}

std::string kind_text(const LayerKind& kind) {
  const size_t layers = kind.layers.size();
  std::string text = "\n" + std::to_string(layers) + (layers == 1 ? " layer" : " layers") + " of " +
                     kind.name + ": " + runs_text(kind.layers) + "\n";
  for (const auto& [work, description] : kind.works) text += "  " + work + ": " + description + "\n";
  for (const WeightKind& weight : kind.weights) {
    const int64_t each = weight.count / static_cast<int64_t>(layers);
    text += row(weight.name, format_count(each), shape_text(weight.rows, weight.cols), weight.cost,
                types_text(weight.types));
  }
  return text + row("all", "", "", kind.cost, "");
}

/// "3 x gated_delta_net + moe, 1 x attention + moe, 23 times": the shortest period of the layers' kinds.
std::string pattern_text(const std::vector<LayerKind>& kinds, size_t layers) {
  std::vector<size_t> kind_of(layers);
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    for (const int32_t layer : kinds[kind].layers) kind_of.at(static_cast<size_t>(layer)) = kind;
  }
  size_t period = 1;
  auto repeats = [&](size_t i) { return i < period || kind_of[i] == kind_of[i - period]; };
  for (; period < layers; ++period) {
    bool is_period = layers % period == 0;
    for (size_t i = 0; i < layers && is_period; ++i) is_period = repeats(i);
    if (is_period) break;
  }
  std::string text;
  for (size_t i = 0; i < period;) {
    size_t end = i + 1;
    while (end < period && kind_of[end] == kind_of[i]) ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(end - i) + " x " + kinds[kind_of[i]].name;
    i = end;
  }
  return layers > period ? text + ", " + std::to_string(layers / period) + " times" : text;
}

std::string head_text(const Plan& plan, const Cost& cost) {
  std::string text = plan.architecture + " \"" + plan.name + "\"\n";
  auto line = [&](const char* name, const std::string& value) {
    text += "  " + padded(name, 12) + value + "\n";
  };
  line("parameters", format_count(cost.parameters) + ", " + format_count(cost.active_parameters) + " active");
  line("sizes", "hidden " + format_count(plan.hidden) + ", layers " + format_count(plan.layers) +
                    ", vocabulary " + format_count(plan.vocabulary) + ", context " +
                    format_count(plan.context));
  line("stored", format_size(cost.stored_bytes));
  line("per token", format_size(cost.bytes_per_token) + " read, " + short_count(cost.operations_per_token) +
                        " operations, and " + short_count(cost.operations_per_context_token) +
                        " for each earlier token");
  line("state", format_size(cost.kv_bytes_per_token) + " per token, " + format_size(cost.recurrent_bytes) +
                    " whatever the length");
  return text;
}

}  // namespace

std::string_view kind_name(const Work& work) {
  constexpr std::string_view kNames[] = {"attention", "gated_delta_net", "dense", "moe"};
  static_assert(std::size(kNames) == std::variant_size_v<Work>);
  return kNames[work.index()];
}

std::string describe(const Work& work) {
  return std::visit([](const auto& one) { return describe(one); }, work);
}

std::string print_plan(const Plan& plan) {
  const std::vector<LayerKind> kinds = layer_kinds(plan.blocks);
  std::string text = head_text(plan, cost_of(plan));
  text += "  " + padded("layers", 12) + pattern_text(kinds, static_cast<size_t>(plan.layers)) + "\n\n";
  text += "  " + padded("weight", 14) + padded("per layer", 10, false) + "  " + padded("shape", 18) +
          padded("stored", 12, false) + padded("per token", 12, false) + padded("ops", 10, false) +
          "  formats\n";
  for (const LayerKind& kind : kinds) text += kind_text(kind);

  const std::string shape = shape_text(plan.vocabulary, plan.hidden);
  Cost embedding = cost_of(Linear{plan.embedding, {}});
  embedding.bytes_per_token = embedding.operations_per_token = 0;
  text += "\nembedding and head" + std::string(plan.tied ? " (one matrix)" : "") + "\n";
  text += row("embedding", "", shape, embedding, std::string(type_info(plan.embedding.type).name));
  text += row("head", "", shape, cost_of(plan, {UnitId::kHead, -1}),
              std::string(type_info(plan.head.weight.type).name));
  if (!plan.mtp) return text;
  text += "\nmulti-token prediction (kept, not used)\n";
  return text + row("mtp", std::to_string(plan.mtp->blocks.size() / 2), "", cost_of(*plan.mtp), "");
}

}  // namespace tug
