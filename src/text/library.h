// The C interface of the Rust library (rust/src/ffi.rs), and its results as Results. For src/text/*.cpp only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tugboat/result.h"

extern "C" {
struct TugTokenizer;
struct TugTemplate;

/// A borrowed text.
struct TugText {
  const char* data;
  size_t size;
};

/// Code 0 and the result's bytes, or an error's code and message. Goes back through tug_free.
struct TugOutcome {
  int32_t code;
  char* data;
  size_t size;
};

void tug_free(TugOutcome outcome);
TugOutcome tug_tokenizer_from_json(TugText json, TugTokenizer** out);
TugOutcome tug_tokenizer_from_vocabulary(TugText model, TugText pre, const TugText* tokens,
                                         size_t tokens_count, const int32_t* types, size_t types_count,
                                         const TugText* merges, size_t merges_count, TugTokenizer** out);
void tug_tokenizer_destroy(TugTokenizer* tokenizer);
TugOutcome tug_tokenizer_encode(const TugTokenizer* tokenizer, TugText text, int32_t controls, TugText mark);
TugOutcome tug_tokenizer_id(const TugTokenizer* tokenizer, TugText token);
TugOutcome tug_tokenizer_pieces(const TugTokenizer* tokenizer);
TugOutcome tug_template_compile(TugText source, TugTemplate** out);
void tug_template_destroy(TugTemplate* handle);
TugOutcome tug_template_render(const TugTemplate* handle, TugText context, int64_t now);
}

namespace tug {

inline TugText lend(std::string_view text) { return {text.data(), text.size()}; }

/// The bytes of an outcome, which is freed.
inline Result<std::string> take(TugOutcome outcome) {
  std::string bytes(outcome.data, outcome.size);
  const int32_t code = outcome.code;
  tug_free(outcome);
  switch (code) {
    case 0: return bytes;
    case 1: return Error(ErrorCode::kInvalidArgument, std::move(bytes));
    case 2: return Error(ErrorCode::kCorrupt, std::move(bytes));
    case 3: return Error(ErrorCode::kUnsupported, std::move(bytes));
    default: return Error(ErrorCode::kInternal, std::move(bytes));
  }
}

}  // namespace tug
