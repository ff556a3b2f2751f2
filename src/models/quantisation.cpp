#include "models/quantisation.h"

namespace tug {
namespace {

constexpr Key kQuantisation{"quantization_config", "", "compression_config"};
constexpr Key kMlx{"quantization"};

struct Method {
  std::string_view key, name;
};

// The quant_methods of transformers and vLLM.
constexpr Method kMethods[] = {
    {"gptq", "GPTQ"},
    {"awq", "AWQ"},
    {"bitsandbytes", "bitsandbytes"},
    {"compressed-tensors", "compressed-tensors"},
    {"modelopt", "ModelOpt"},
    {"auto-round", "AutoRound"},
    {"mxfp4", "MXFP4"},
    {"hqq", "HQQ"},
    {"aqlm", "AQLM"},
    {"quanto", "Quanto"},
    {"torchao", "TorchAO"},
    {"fbgemm_fp8", "per-row FP8"},
    {"exl2", "ExLlamaV2"},
    {"exl3", "ExLlamaV3"},
};

// Tensors beside the weights that give a way away, the telling ones first.
constexpr Method kSuffixes[] = {
    {".biases", "MLX"},           {".qzeros", "GPTQ or AWQ"},
    {".absmax", "bitsandbytes"},  {".SCB", "bitsandbytes"},
    {".weight_scale_2", "NVFP4"}, {".weight_packed", "compressed-tensors"},
    {".scales", "GPTQ or AWQ"},   {".weight_scale", "per-tensor or per-channel"},
};

/// Notes that this quantisation is not supported.
void refuse(Settings& settings, const Key& key, const std::string& what) {
  settings.refuse(key, what +
                           "; of quantised safetensors only block-wise fp8 is supported. Please take the "
                           "original model, its release in block-wise fp8, or a GGUF file of it.");
}

bool has_tensor_ending(const Checkpoint& checkpoint, std::string_view suffix) {
  for (const Tensor& tensor : checkpoint.tensors()) {
    if (tensor.name.ends_with(suffix)) return true;
  }
  return false;
}

void check_tensors(Settings& settings, const Checkpoint& checkpoint) {
  for (const Method& method : kSuffixes) {
    if (!has_tensor_ending(checkpoint, method.key)) continue;
    return refuse(settings, kQuantisation,
                  "is absent, but tensors named *" + std::string(method.key) + " say that the weights are " +
                      std::string(method.name) + " quantised");
  }
}

void check_fp8(Settings& settings, const Checkpoint& checkpoint, const Json& quantisation) {
  const Json* format = quantisation.find("fmt");
  if (format && !format->is_null() && format->dump() != "\"e4m3\"") {
    settings.refuse(kQuantisation, "has fmt " + format->excerpt() + "; only e4m3 is supported.");
  }
  const Json* block = quantisation.find("weight_block_size");
  if (!block || block->is_null()) {
    // 128 x 128 is transformers' default; files with one scale for a tensor call it otherwise.
    if (has_tensor_ending(checkpoint, "_scale_inv")) return;
    return refuse(settings, kQuantisation, "has weight_block_size null: this is per-tensor FP8");
  }
  if (block->dump() != "[128,128]") {
    settings.refuse(kQuantisation,
                    "has weight_block_size " + block->excerpt() + "; only [128,128] is supported.");
  }
}

}  // namespace

void check_quantisation(Settings& settings, const Checkpoint& checkpoint) {
  const Json quantisation = settings.value(kQuantisation);
  const Json* method = quantisation.find("quant_method");
  const bool has_method = method && method->is_string();
  if (!has_method && (settings.has(kMlx) || quantisation.find("group_size"))) {
    return refuse(settings, settings.has(kMlx) ? kMlx : kQuantisation, "is that of MLX");
  }
  if (quantisation.is_null()) return check_tensors(settings, checkpoint);
  if (has_method && method->as_string() == "fp8") return check_fp8(settings, checkpoint, quantisation);
  for (const Method& known : kMethods) {
    if (!has_method || known.key != method->as_string()) continue;
    return refuse(settings, kQuantisation,
                  "has quant_method " + method->excerpt() + ", which is " + std::string(known.name));
  }
  refuse(settings, kQuantisation, "has quant_method " + (method ? method->excerpt() : "null"));
}

}  // namespace tug
