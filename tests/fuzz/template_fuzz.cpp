// A chat template of any bytes renders a conversation or is an error, within its limits.
#include "text/chat_template.h"

// A namespace that contains itself leaks by nature: the engine counts references.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tug::Json context =
      tug::parse_json(
          R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","tool_calls":[{"function":)"
          R"({"name":"f","arguments":{"x":[1,2.5,null]}}}]}],"tools":[{"name":"f"}],"add_generation_prompt":true})")
          .value();
  const auto compiled = tug::ChatTemplate::compile({reinterpret_cast<const char*>(data), size});
  if (compiled.ok()) (void)compiled.value().render(context, 0);
  return 0;
}
