// A model may write anything, cut anywhere: the pieces do not depend on the cuts.
#include <cstdlib>

#include "text/output_parser.h"

namespace {

std::string parse(std::string_view text, size_t step, bool reasons) {
  tug::OutputParser parser(reasons, nullptr);
  std::string reasoning, content, calls;
  const auto add = [&](const std::vector<tug::OutputParser::Piece>& pieces) {
    for (const auto& piece : pieces) {
      (piece.kind == tug::OutputParser::Piece::kReasoning ? reasoning : content) += piece.text;
    }
  };
  for (size_t at = 0; at < text.size(); at += step) add(parser.push(text.substr(at, step)));
  add(parser.finish());
  for (const auto& call : parser.tool_calls()) calls += call.name + call.arguments.dump();
  return reasoning + '\0' + content + '\0' + calls;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool reasons : {false, true}) {
    if (parse(text, 1, reasons) != parse(text, size + 1, reasons)) std::abort();
  }
  return 0;
}
