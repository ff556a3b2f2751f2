// Any bytes as a safetensors file.
#include "files/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tug::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  const tug::Result<tug::Checkpoint> checkpoint = tug::Checkpoint::from_memory(
      "fuzz", {{"config.json", tug::as_bytes("{}")}, {"model.safetensors", bytes}});
  if (!checkpoint.ok()) return 0;
  for (const tug::Tensor& tensor : checkpoint.value().tensors()) {
    if (!checkpoint.value().read_floats(tensor).ok()) __builtin_trap();  // its extent was checked
  }
  return 0;
}
