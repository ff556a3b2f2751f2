// A tokenizer.json of any bytes is a tokenizer or an error; what loads also encodes and decodes.
#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tokenizer = tug::Tokenizer::from_json(text);
  if (!tokenizer.ok()) return 0;
  for (const auto controls : {tug::Tokenizer::Controls::kRecognise, tug::Tokenizer::Controls::kAsText}) {
    const auto ids = tokenizer.value().encode(text.substr(0, 256), controls);
    if (ids.ok()) (void)tokenizer.value().decode(ids.value(), true);
  }
  return 0;
}
