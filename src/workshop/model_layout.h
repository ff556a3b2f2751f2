// A shape and a type as the tensors and the metadata of a GGUF file.
#pragma once

#include <string>
#include <vector>

#include "tugboat/result.h"
#include "workshop/gguf_writer.h"
#include "workshop/shapes.h"

namespace tug {

/// How the values of a tensor are drawn.
enum class Draw {
  kMatrix,  // blocks of mean 0
  kNormal,  // float32, mean and deviation
  kDecay,   // float32, -exp of a uniform logarithm: how fast heads of Gated DeltaNet forget
  kRouter,  // float32, rows of different length
};

struct MadeTensor {
  GgufTensor tensor;
  Draw draw = Draw::kMatrix;
  double mean = 0, deviation = 0;
};

/// Which type each kind of matrix has, as llama-quantize chooses it for the file type of that name; where
/// that tells more than two types apart this is a simplification.
struct TypeMix {
  std::string name;
  Type experts, value_and_down, others, embedding, output;
  bool small_are_float32;  // the projections to a number per head
};

std::vector<std::string> mix_names();
/// Errors: kInvalidArgument, with the names that there are.
Result<TypeMix> find_mix(const std::string& name);

/// In the order of the file.
std::vector<MadeTensor> layout_of(const ModelShape& shape, const TypeMix& mix);
void add_shape(const ModelShape& shape, GgufHeader& to);

}  // namespace tug
