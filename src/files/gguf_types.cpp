#include "files/gguf_types.h"

#include <string>
#include <string_view>

namespace tug {
namespace {

struct Row {
  uint32_t id;
  std::string_view name;
};

/// Ids that exist or existed in llama.cpp, but hold no weights that Tugboat reads.
constexpr Row kOthers[] = {
    {4, "Q4_2, removed from GGUF"},
    {5, "Q4_3, removed from GGUF"},
    {9, "Q8_1, for activations only"},
    {15, "Q8_K, for activations only"},
    {24, "I8"},
    {25, "I16"},
    {26, "I32"},
    {27, "I64"},
    {28, "F64"},
    {31, "Q4_0_4_4, removed from GGUF"},
    {32, "Q4_0_4_8, removed from GGUF"},
    {33, "Q4_0_8_8, removed from GGUF"},
    {36, "IQ4_NL_4_4, removed from GGUF"},
    {37, "IQ4_NL_4_8, removed from GGUF"},
    {38, "IQ4_NL_8_8, removed from GGUF"},
    {41, "Q1_0"},
    {42, "Q2_0"},
};

/// Types of ik_llama.cpp alone (ggml.h there). It numbers them far above those of llama.cpp.
constexpr Row kForked[] = {
    {133, "Q6_0"},      {134, "IQ1_BN"},     {135, "IQ2_BN"},   {136, "Q8_K64"},    {137, "IQ2_K"},
    {138, "IQ3_K"},     {139, "IQ4_K"},      {140, "IQ5_K"},    {141, "IQ6_K"},     {142, "IQ2_TN"},
    {143, "IQ1_TN"},    {144, "IQ4_KS"},     {145, "IQ2_KS"},   {146, "IQ4_KSS"},   {147, "Q8_K16"},
    {148, "Q8_K32"},    {149, "Q8_KR8"},     {150, "Q8_K128"},  {151, "Q8_KV"},     {152, "IQ5_KS"},
    {153, "IQ2_KT"},    {154, "IQ3_KT"},     {155, "IQ4_KT"},   {156, "IQ3_KS"},    {157, "IQ2_KL"},
    {158, "IQ1_KT"},    {202, "Q4_0_R8"},    {206, "Q5_0_R4"},  {208, "Q8_0_R8"},   {210, "Q2_K_R4"},
    {211, "Q3_K_R4"},   {212, "Q4_K_R4"},    {213, "Q5_K_R4"},  {214, "Q6_K_R4"},   {216, "IQ2_XXS_R4"},
    {217, "IQ2_XS_R4"}, {218, "IQ3_XXS_R4"}, {219, "IQ1_S_R4"}, {220, "IQ4_NL_R4"}, {221, "IQ3_S_R4"},
    {222, "IQ2_S_R4"},  {223, "IQ4_XS_R8"},  {229, "IQ1_M_R4"}, {230, "BF16_R16"},  {233, "Q6_0_R4"},
    {335, "IQ2_BN_R4"}, {337, "IQ2_K_R4"},   {338, "IQ3_K_R4"}, {339, "IQ4_K_R4"},  {340, "IQ5_K_R4"},
    {344, "IQ4_KS_R4"}, {352, "IQ5_KS_R4"},  {397, "Q8_K_R16"}, {398, "Q8_KV_R8"},  {399, "Q8_K_R8"},
};

Error unsupported(uint32_t id, const std::string& what) {
  return Error(ErrorCode::kUnsupported, "The tensor type " + std::to_string(id) + " (" + what);
}

}  // namespace

Error refused_gguf_type(uint32_t id) {
  for (const Row& row : kOthers) {
    if (row.id == id) return unsupported(id, std::string(row.name) + ") is not supported.");
  }
  for (const Row& row : kForked) {
    if (row.id != id) continue;
    return unsupported(id,
                       std::string(row.name) +
                           ") exists in ik_llama.cpp only and is not supported; please take a GGUF file of "
                           "this model with the types of llama.cpp, such as Q4_K_M or IQ4_XS.");
  }
  return unsupported(id, "unknown) is not supported; please take a GGUF file made by llama.cpp.");
}

}  // namespace tug
