// The assembler includes the files as they are; module.cmake says where they lie and rebuilds when they
// change.
#include "files/embedded_demo.h"

// Defines symbol_begin and symbol_end around the bytes of a file of models/demo.
#define TUG_EMBED(symbol, file)                                                      \
  asm(".section .rodata, \"a\"\n"                                                    \
      ".balign 64\n"                                                                 \
      ".globl " #symbol "_begin\n.hidden " #symbol "_begin\n" #symbol                \
      "_begin:\n"                                                                    \
      ".incbin \"" TUG_DEMO_DIR "/" file                                             \
      "\"\n"                                                                         \
      ".globl " #symbol "_end\n.hidden " #symbol "_end\n" #symbol                    \
      "_end:\n"                                                                      \
      ".previous\n");                                                                \
  extern "C" __attribute__((visibility("hidden"))) const std::byte symbol##_begin[]; \
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

}  // namespace tug
