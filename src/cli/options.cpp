#include "cli/options.h"

#include <algorithm>
#include <filesystem>

#include "cli/flags.h"
#include "cli/numbers.h"

namespace tug {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kHelp =
    R"(Tugboat runs Qwen Mixture-of-Experts models.

Usage: tug VERB [MODEL] ...

  tug run [MODEL] [PROMPT]      answer a prompt; a chat without one
  tug serve [MODEL]             the APIs of OpenAI and Anthropic, for agents and products
  tug inspect [MODEL]           what a model is and what it needs
  tug tokenize [MODEL] [TEXT]   text to token ids and back
  tug score MODEL FILE          log-probabilities and perplexity of a text
  tug bench [MODEL]             speed, against what the machine can do
  tug make-model --shape S OUT  a model of random weights in the shape of a real one
  tug version

MODEL is a GGUF file (any part of a split set), a Hugging Face directory, or demo, the small model inside this
program (also the default). tug VERB --help lists the options of a verb.
)";

constexpr const char* kModelHelp = "GGUF file, Hugging Face directory, or demo";

/// Of the memory that the user allows the process, what is left for weights, workspaces and contexts:
/// program, tokenizer and what they allocate take the rest.
int64_t memory_for_model(int64_t process) {
  constexpr int64_t kProgram = 64 << 20;
  return process == 0 ? 0 : std::max<int64_t>(1, process - process / 64 - kProgram);
}

/// How a model is computed, and in how much memory.
void add_model_flags(Flags& flags, ModelOptions& engine) {
  flags.choice("--backend", "What computes", {"cpu", "reference"}, &engine.backend);
  flags.choice("--isa", "Instruction set; the best of this machine otherwise",
               {"avx2", "avxvnni", "avx512", "amx", "neon"}, &engine.isa);
  flags.choice("--kv", "How keys and values are kept; f16 takes half of the memory, q8_0 0.27 of it",
               {"f32", "f16", "q8_0"}, &engine.kv);
  flags.size("--memory", "Memory of the whole process, such as 2G; all that is free otherwise",
             &engine.memory);
  flags.size("--cache", "Memory for experts that are read when they are needed; what is left otherwise",
             &engine.cache);
}

void add_engine_flags(Flags& flags, ModelOptions& engine, int64_t& threads) {
  add_model_flags(flags, engine);
  flags.whole("-t,--threads", "Threads; all cores otherwise", 1, 4096, &threads);
  flags.whole("--chunk", "Tokens per prefill step; fewer when memory is short", 1, 65536, &engine.chunk);
}

void finish(ModelOptions& engine, int64_t threads) {
  engine.threads = static_cast<int>(threads);
  engine.memory = memory_for_model(engine.memory);
}

/// Whole numbers separated by commas.
Result<std::vector<int64_t>> parse_list(const std::string& name, const std::string& text, int64_t min,
                                        int64_t max) {
  std::vector<int64_t> list;
  for (size_t first = 0; first <= text.size();) {
    const size_t end = std::min(text.find(',', first), text.size());
    list.push_back(TUG_TRY(parse_whole("Each number of " + name, text.substr(first, end - first), min, max)));
    first = end + 1;
  }
  return list;
}

void add_sampling_flags(Flags& flags, RunCommand& command) {
  for (const SamplingSetting& setting : sampling_settings()) {
    const std::string name = std::string("--") + setting.name;
    flags.custom(name + setting.aliases, setting.whole ? "N" : "X", setting.help, false,
                 [=, &command](const std::string& text) -> Status {
                   command.chat.sampling.*setting.value = TUG_TRY(read_setting(setting, name, text));
                   return {};
                 });
  }
  flags.custom("--logit-bias", "ID=X", "Adds X to a token's logit; repeatable", true,
               [&command](const std::string& text) -> Status {
                 const size_t equals = std::min(text.find('='), text.size());
                 const std::string value = text.substr(std::min(equals + 1, text.size()));
                 const int64_t id = TUG_TRY(
                     parse_whole("The ID of --logit-bias ID=X", text.substr(0, equals), 0, INT32_MAX));
                 const double bias = TUG_TRY(parse_number("The X of --logit-bias ID=X", value, -1000, 1000));
                 command.chat.sampling.logit_bias.emplace_back(static_cast<int32_t>(id), bias);
                 return {};
               });
  flags.custom("-s,--seed", "N", "The same seed, the same answer; random otherwise", false,
               [&command](const std::string& text) -> Status {
                 command.chat.seed = TUG_TRY(parse_whole("--seed", text, 0, INT64_MAX));
                 return {};
               });
}

/// One word is a model if it is there or looks like a path, and a prompt otherwise.
bool names_model(const std::string& word) {
  std::error_code ignored;
  if (word == "demo" || std::filesystem::exists(word, ignored)) return true;
  const bool has_blank = word.find_first_of(" \n\t") != std::string::npos;
  return word.ends_with(".gguf") || word.ends_with(".safetensors") || word.starts_with("/") ||
         word.starts_with("./") || word.starts_with("../") ||
         (!has_blank && word.find('/') != std::string::npos);
}

Error usage(const std::string& sentence, const char* verb) {
  return Error(ErrorCode::kInvalidArgument, sentence + " See tug " + verb + " --help.");
}

Result<Command> parse_run(const Words& words) {
  RunCommand command;
  std::optional<std::string> first, second;
  std::string think;
  int64_t threads = 0;
  Flags flags("run", "Answers PROMPT; without one, it is a chat. Piped input: one turn of a chat per line.");
  flags.positional("MODEL", kModelHelp, &first);
  flags.positional("PROMPT", "The user's words; - reads them from standard input", &second);
  flags.toggle("--raw", "Continue the prompt as it is, without the chat template", &command.chat.raw);
  flags.text("--system", "TEXT", "Instructions for the whole chat", &command.chat.system);
  flags.text("--tools", "FILE", "OpenAI's tools array (JSON)", &command.tools_file);
  flags.choice("--think", "Reason before the answer, where the model can", {"on", "off"}, &think);
  flags.toggle("--json", "Print one JSON object per answer and nothing else", &command.json);
  flags.toggle("--stats",
               "Say after an answer how fast it was, what this machine allows, and what would help",
               &command.stats);
  flags.whole("-n,--predict,--max-tokens", "Most tokens of an answer; -1: no limit", -1, INT32_MAX,
              &command.chat.tokens_max);
  flags.texts("--stop", "End the answer before this text; repeatable", &command.chat.stop);
  flags.toggle("--ignore-eos", "Go on after the model's end of text", &command.chat.ignore_stop_tokens);
  flags.whole("-c,--ctx,--ctx-size", "Tokens of context; what model and memory allow otherwise", 1, INT32_MAX,
              &command.context);
  add_sampling_flags(flags, command);
  add_engine_flags(flags, command.engine, threads);
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});

  finish(command.engine, threads);
  if (!think.empty()) command.chat.thinking = think == "on";
  if (second || (first && names_model(*first))) {
    command.model = *first;
    command.prompt = second;
  } else {
    command.prompt = first;
  }
  if (command.chat.raw &&
      (!command.chat.system.empty() || !command.tools_file.empty() || command.chat.thinking)) {
    return usage("--system, --tools and --think need the chat template, which --raw leaves out.", "run");
  }
  return Command(command);
}

Result<Command> parse_serve(const Words& words) {
  ServeCommand command;
  ServerOptions& server = command.server;
  std::optional<std::string> model;
  int64_t threads = 0, port = server.port;
  Flags flags(
      "serve",
      "Serves a model by the APIs of OpenAI (chat completions, completions, responses) and Anthropic.");
  flags.positional("MODEL", kModelHelp, &model);
  flags.text("--host", "ADDRESS", "Where to listen; 127.0.0.1: only this machine reaches it", &server.host);
  flags.whole("--port", "The port; 0: a free one", 0, 65535, &port);
  flags.custom("--api-key", "KEY", "What clients must show; again for further ones", true,
               [&](const std::string& key) -> Status {
                 if (key.empty()) return Error(ErrorCode::kInvalidArgument, "The API key is empty.");
                 server.api_keys.push_back(key);
                 return {};
               });
  flags.text("--api-key-file", "FILE", "A file with such keys, one a line", &command.key_file);
  flags.toggle("--no-api-key", "Serve other machines without a key", &server.open_to_all);
  flags.whole("-c,--ctx,--ctx-size", "Most tokens of a request; what model and memory allow otherwise", 1,
              INT32_MAX, &server.context);
  flags.size("--state-memory",
             "Memory for what was computed for earlier prompts; half of what all contexts may have otherwise",
             &command.engine.state_memory);
  flags.whole("--queue", "Requests that may wait for their turn; more are refused", 1, 1 << 20,
              &command.engine.waiting_max);
  add_engine_flags(flags, command.engine, threads);
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});
  command.model = model.value_or("demo");
  finish(command.engine, threads);
  server.port = static_cast<int>(port);
  return Command(command);
}

Result<Command> parse_inspect(const Words& words) {
  InspectCommand command;
  std::optional<std::string> model;
  Flags flags("inspect",
              "Prints architecture, shapes, formats, the plan with its costs, and the memory needed.");
  flags.positional("MODEL", kModelHelp, &model);
  flags.toggle("--json", "Print a JSON object", &command.json);
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});
  command.model = model.value_or("demo");
  return Command(command);
}

Result<Command> parse_tokenize(const Words& words) {
  TokenizeCommand command;
  std::optional<std::string> model, ids;
  Flags flags("tokenize", "Prints the token ids of TEXT (or of standard input, to its last byte).");
  flags.positional("MODEL", kModelHelp, &model);
  flags.positional("TEXT", "The text", &command.text);
  flags.toggle("--special", "Control strings such as <|im_end|> are tokens; they are text otherwise",
               &command.special);
  flags.custom("--decode", "\"IDS\"", "Print the text of these ids instead; - reads them from standard input",
               false, [&command](const std::string& text) {
                 command.ids = text;
                 return Status();
               });
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});
  if (command.text && command.ids) return usage("Give either TEXT or --decode, not both.", "tokenize");
  command.model = model.value_or("demo");
  return Command(command);
}

Result<Command> parse_score(const Words& words) {
  ScoreCommand command;
  std::optional<std::string> model, file;
  std::string ids_file;
  int64_t threads = 0;
  Flags flags("score", "Prints the log-probability and the perplexity of a text.");
  flags.positional("MODEL", kModelHelp, &model);
  flags.positional("FILE", "The text; - is standard input", &file);
  flags.text("--tokens", "FILE", "Token ids separated by blanks, instead of a text", &ids_file);
  flags.toggle("--special", "Control strings in the text are tokens", &command.special);
  flags.text("--logits", "OUT.npy", "Write the logits, float32 [tokens, vocabulary], to this file",
             &command.logits_file);
  flags.toggle("--json", "Print a JSON object, with every token's log-probability", &command.json);
  add_engine_flags(flags, command.engine, threads);
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});

  finish(command.engine, threads);
  if (file.has_value() == !ids_file.empty()) {
    return usage("tug score needs a MODEL and either a FILE or --tokens IDS_FILE.", "score");
  }
  command.model = model.value_or("demo");
  command.holds_ids = !ids_file.empty();
  command.file = command.holds_ids ? ids_file : *file;
  return Command(command);
}

Result<Command> parse_bench(const Words& words) {
  BenchCommand command;
  BenchOptions& options = command.options;
  std::optional<std::string> model;
  Flags flags(
      "bench",
      "Measures prefill and decode, and what the machine could do. Lists are tried in all combinations.");
  flags.positional("MODEL", kModelHelp, &model);
  const auto list = [&](const char* names, const char* help, int64_t min, int64_t max,
                        std::vector<int64_t>* values) {
    flags.custom(names, "N,...", help, false, [=](const std::string& text) -> Status {
      *values = TUG_TRY(parse_list(long_name(names), text, min, max));
      return {};
    });
  };
  list("-p,--n-prompt", "Tokens of a prompt; 0: no such test", 0, INT32_MAX, &options.prompts);
  list("-n,--n-gen", "Tokens to decode; 0: no such test", 0, INT32_MAX, &options.generations);
  list("-d,--n-depth", "Tokens that are there before", 0, INT32_MAX, &options.depths);
  list("-t,--threads", "Threads; all cores otherwise", 1, 4096, &options.threads);
  list("-b,--batch-size", "Tokens of a prefill step", 1, 65536, &options.batches);
  list("--streams", "Sequences to decode at once", 1, 65536, &options.streams);
  flags.whole("-r,--repetitions", "Repetitions of each test", 1, 1000, &options.repetitions);
  flags.choice("-o,--output", "How to print", {"md", "csv", "json", "jsonl"}, &command.output);
  add_model_flags(flags, options.engine);
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});
  options.engine.memory = memory_for_model(options.engine.memory);
  options.model = model.value_or("demo");
  return Command(command);
}

Result<Command> parse_make_model(const Words& words) {
  MakeModelCommand command;
  MakeModelOptions& options = command.options;
  std::optional<std::string> file;
  Flags flags("make-model", "Writes a GGUF model of random weights in the shape of a real one.");
  flags.positional("OUT", "The file to write, such as out.gguf", &file);
  flags.choice("--shape", "The model whose shape it has", made_shapes(), &options.shape);
  flags.choice("--type", "Type of the matrices, or a mix of types", made_types(), &options.type);
  flags.whole("--layers", "Only the first N layers", 1, 1024, &options.layers);
  flags.custom("--router-skew", "X", "0: all experts are about equally popular; 0.5: some much more", false,
               [&options](const std::string& text) -> Status {
                 options.router_skew = TUG_TRY(parse_number("--router-skew", text, 0, 3));
                 return {};
               });
  flags.whole("--seed", "The same seed, the same file", 0, INT64_MAX, &options.seed);
  flags.toggle("--sparse", "Only the header, and a hole of the full size: to inspect, not to run",
               &options.sparse);
  if (auto help = TUG_TRY(flags.parse(words))) return Command(ShowText{*help});
  if (options.shape.empty() || !file) {
    return usage("tug make-model needs --shape SHAPE and the name of the file to write.", "make-model");
  }
  command.file = *file;
  return Command(command);
}

}  // namespace

Result<Command> parse_command_line(const Words& words) {
  const std::string verb = words.empty() ? "help" : words.front();
  const Words rest(words.begin() + !words.empty(), words.end());
  if (verb == "run") return parse_run(rest);
  if (verb == "serve") return parse_serve(rest);
  if (verb == "inspect") return parse_inspect(rest);
  if (verb == "tokenize") return parse_tokenize(rest);
  if (verb == "score") return parse_score(rest);
  if (verb == "bench") return parse_bench(rest);
  if (verb == "make-model") return parse_make_model(rest);
  if (verb == "version" || verb == "--version") return Command(ShowText{"tug " TUG_VERSION "\n"});
  if (verb != "help" && verb != "--help" && verb != "-h") {
    return Error(
        ErrorCode::kInvalidArgument,
        "There is no verb " + in_quotes(verb) +
            "; the verbs are run, serve, inspect, tokenize, score, bench, make-model, version, help.");
  }
  if (verb == "help" && !rest.empty()) return parse_command_line({rest.front(), "--help"});
  return Command(ShowText{kHelp});
}

}  // namespace tug
