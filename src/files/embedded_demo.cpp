#include "files/embedded_demo.h"

#include "base/embed.h"

TUG_EMBED(std::byte, tug_demo_config, TUG_DEMO_DIR "/config.json")
TUG_EMBED(std::byte, tug_demo_generation_config, TUG_DEMO_DIR "/generation_config.json")
TUG_EMBED(std::byte, tug_demo_model, TUG_DEMO_DIR "/model.safetensors")
TUG_EMBED(std::byte, tug_demo_tokenizer, TUG_DEMO_DIR "/tokenizer.json")
TUG_EMBED(std::byte, tug_demo_tokenizer_config, TUG_DEMO_DIR "/tokenizer_config.json")

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
