// Any bytes as the JSON files of a model.
#include "files/checkpoint.h"
#include "models/architecture.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tug::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  const tug::ByteView no_tensors = tug::as_bytes({"\x02\0\0\0\0\0\0\0{}", 10});
  const tug::Result<tug::Checkpoint> checkpoint =
      tug::Checkpoint::from_memory("fuzz", {{"config.json", bytes},
                                            {"generation_config.json", bytes},
                                            {"tokenizer_config.json", bytes},
                                            {"model.safetensors", no_tensors}});
  if (!checkpoint.ok()) return 0;
  const std::string text = checkpoint.value().config().dump();
  if (!tug::parse_json(text).ok()) __builtin_trap();  // what was parsed can be written and parsed again
  (void)checkpoint.value().chat_templates();
  (void)tug::make_plan(checkpoint.value());
  return 0;
}
