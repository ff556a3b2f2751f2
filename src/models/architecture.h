// Which architectures there are, and the way from an opened checkpoint to a plan.
#pragma once

#include <span>
#include <string_view>

#include "files/checkpoint.h"
#include "plan/plan.h"

namespace tug {

class Builder;

struct Architecture {
  std::string_view name;      // "qwen3_5_moe"
  std::string_view hf_names;  // model_types, with blanks between them
  std::string_view gguf;      // general.architecture
  Result<Plan> (*build)(Builder& builder);
};

std::span<const Architecture> all_architectures();

/// Reads the checkpoint's hyper-parameters and finds every tensor; reads no weights. Safe for any input.
/// Errors: kUnsupported (the architecture, or what its config asks for, by name), kNotFound (tensors, all
/// named), kCorrupt (impossible settings, misshaped or unexpected tensors, all named).
Result<Plan> make_plan(const Checkpoint& checkpoint);

}  // namespace tug
