// A byte-level tokenizer small enough to read: 256 bytes, a few merges, a few added tokens; as GGUF and as
// JSON.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "text/tokenizer.h"

namespace tug {

/// GPT-2's spelling of a byte.
inline std::string spell(uint8_t byte) {
  const auto printable = [](int b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
  };
  int code = byte;
  if (!printable(byte)) {
    code = 256;
    for (int b = 0; b < byte; ++b) code += !printable(b);
  }
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

struct Tiny {
  std::vector<std::string> tokens, merges;
  std::vector<int32_t> types;
  std::string pre = "qwen2", model = "gpt2";

  Vocabulary vocabulary() const {
    return {model, pre, {tokens.begin(), tokens.end()}, types, {merges.begin(), merges.end()}};
  }
  Json json() const {
    Json vocab = Json::object(), added = Json::array(), rules = Json::array();
    for (size_t i = 0; i < tokens.size(); ++i) {
      const auto id = static_cast<int64_t>(i);
      if (types[i] == 1) vocab.set(tokens[i], id);
      if (types[i] != 3 && types[i] != 4) continue;
      added.push(Json::object({{"id", id},
                               {"content", tokens[i]},
                               {"single_word", false},
                               {"lstrip", false},
                               {"rstrip", false},
                               {"normalized", false},
                               {"special", types[i] == 3}}));
    }
    for (const std::string& merge : merges) rules.push(merge);
    const char* regex =
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    const auto byte_level = [] {
      return Json::object({{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", false},
                           {"use_regex", false}});
    };
    const Json split = Json::object({{"type", "Split"},
                                     {"pattern", Json::object({{"Regex", regex}})},
                                     {"behavior", "Isolated"},
                                     {"invert", false}});
    return Json::object(
        {{"version", "1.0"},
         {"added_tokens", added},
         {"normalizer", Json::object({{"type", "NFC"}})},
         {"pre_tokenizer",
          Json::object({{"type", "Sequence"}, {"pretokenizers", Json::array({split, byte_level()})}})},
         {"post_processor", byte_level()},
         {"decoder", byte_level()},
         {"model", Json::object({{"type", "BPE"}, {"vocab", vocab}, {"merges", rules}})}});
  }
};

/// Byte b has the id b; then " h" 256, "el" 257, "ell" 258, and added tokens from 259: <|im_end|> (special),
/// <|im_start|> (special), <think>, </think>, <tool_call>, <tool_response>; then two unused ids.
inline Tiny tiny() {
  Tiny tiny;
  for (int b = 0; b < 256; ++b) tiny.tokens.push_back(spell(static_cast<uint8_t>(b)));
  for (const char* token : {"Ġh", "el", "ell"}) tiny.tokens.push_back(token);
  tiny.types.assign(tiny.tokens.size(), 1);
  for (const char* token : {"<|im_end|>", "<|im_start|>"}) tiny.tokens.push_back(token);
  tiny.types.insert(tiny.types.end(), 2, 3);
  for (const char* token : {"<think>", "</think>", "<tool_call>", "<tool_response>"})
    tiny.tokens.push_back(token);
  tiny.types.insert(tiny.types.end(), 4, 4);
  for (const char* token : {"[PAD265]", "[PAD266]"}) tiny.tokens.push_back(token);
  tiny.types.insert(tiny.types.end(), 2, 5);
  tiny.merges = {"Ġ h", "e l", "el l"};
  return tiny;
}

constexpr int32_t kImEnd = 259, kImStart = 260, kThinkId = 261;

}  // namespace tug
