// A model may write anything, cut anywhere: the pieces do not depend on the cuts, </think> never is content,
// and arguments are JSON objects.
#include <cstdlib>

#include "support/parsed_output.h"
#include "text/loose_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool reasons : {false, true}) {
    const auto whole = tug::parse_in_pieces(text, reasons, nullptr, [](auto rest) { return rest.size(); });
    const auto bytes = tug::parse_in_pieces(text, reasons, nullptr, [](auto) { return 1; });
    if (!(whole == bytes) || whole.content.find("</think>") != std::string::npos) std::abort();
    for (const tug::ToolCall& call : whole.calls) {
      const tug::LooseJson arguments = tug::read_loose_json(call.arguments);
      if (!call.arguments.starts_with('{') || arguments.text != call.arguments) std::abort();
    }
  }
  return 0;
}
