// The assembler includes the files as they are; module.cmake says where they lie and when to rebuild.
#include "files/embedded_demo.h"

#define TUG_LABEL(label) ".globl " label "\n.hidden " label "\n" label ":\n"

// Defines symbol_begin and symbol_end around the bytes of a file of models/demo.
#define TUG_EMBED(symbol, file)                                                                             \
  asm(".section .rodata, \"a\"\n.balign 64\n" TUG_LABEL(                                                    \
      #symbol "_begin") ".incbin \"" TUG_DEMO_DIR "/" file "\"\n" TUG_LABEL(#symbol "_end") ".previous\n"); \
  extern "C" __attribute__((visibility("hidden"))) const std::byte symbol##_begin[];                        \
  extern "C" __attribute__((visibility("hidden"))) const std::byte symbol##_end[];

TUG_EMBED(tug_demo_config, "config.json")
TUG_EMBED(tug_demo_generation_config, "generation_config.json")
TUG_EMBED(tug_demo_model, "model.safetensors")
TUG_EMBED(tug_demo_tokenizer, "tokenizer.json")
TUG_EMBED(tug_demo_tokenizer_config, "tokenizer_config.json")

namespace tug {

Result<Checkpoint> open_embedded_demo() {
  return Checkpoint::from_memory(
      "demo", {{"config.json", {tug_demo_config_begin, tug_demo_config_end}},
               {"generation_config.json", {tug_demo_generation_config_begin, tug_demo_generation_config_end}},
               {"model.safetensors", {tug_demo_model_begin, tug_demo_model_end}},
               {"tokenizer.json", {tug_demo_tokenizer_begin, tug_demo_tokenizer_end}},
               {"tokenizer_config.json", {tug_demo_tokenizer_config_begin, tug_demo_tokenizer_config_end}}});
}

Result<Checkpoint> open_checkpoint(const std::string& model) {
  return model == "demo" ? open_embedded_demo() : Checkpoint::open(model);
}

}  // namespace tug
