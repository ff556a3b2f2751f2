#include <algorithm>
#include <cmath>

#include "base/exact_math.h"
#include "files/embedded_demo.h"
#include "workshop/model_layout.h"
#include "workshop/random_blocks.h"
#include "workshop/workshop.h"

namespace tug {
namespace {

constexpr int64_t kPieceBytes = 1 << 20;

// Kinds of tokens in GGUF.
constexpr int32_t kOrdinary = 1, kControl = 3, kUserDefined = 4, kUnused = 5;

Result<ModelShape> find_shape(const MakeModelOptions& options) {
  for (ModelShape shape : model_shapes()) {
    if (options.shape != shape.name) continue;
    if (options.layers > shape.layers) {
      return Error(ErrorCode::kInvalidArgument, options.shape + " has " + std::to_string(shape.layers) +
                                                    " layers, not " + std::to_string(options.layers) + ".");
    }
    if (options.layers > 0) shape.layers = options.layers;
    return shape;
  }
  std::string list;
  for (const std::string& one : made_shapes()) list += (list.empty() ? "" : ", ") + one;
  return Error(ErrorCode::kInvalidArgument,
               "There is no shape \"" + options.shape + "\"; the shapes are " + list + ".");
}

/// The demo's tokenizer; the rows beyond it are tokens that are never used.
Status add_tokenizer(int64_t vocabulary, GgufHeader& to) {
  const Checkpoint demo = TUG_TRY(open_embedded_demo());
  const Json json = TUG_TRY(parse_json(TUG_TRY(demo.tokenizer_json())));
  const Json& model = *json.find("model");
  std::vector<std::string> tokens, merges;
  for (int64_t i = 0; i < vocabulary; ++i) tokens.push_back("[PAD" + std::to_string(i) + "]");
  std::vector<int32_t> kinds(tokens.size(), kUnused);
  const auto set = [&](const Json& id, const std::string& text, int32_t kind) {
    tokens[static_cast<size_t>(id.as_integer())] = text;
    kinds[static_cast<size_t>(id.as_integer())] = kind;
  };
  for (const auto& [text, id] : model.find("vocab")->members()) set(id, text, kOrdinary);
  uint32_t turn_end = 0, text_end = 0;
  for (const Json& token : json.find("added_tokens")->items()) {
    const std::string& text = token.find("content")->as_string();
    const Json& id = *token.find("id");
    set(id, text, token.find("special")->as_bool() ? kControl : kUserDefined);
    if (text == "<|im_end|>") turn_end = static_cast<uint32_t>(id.as_integer());
    if (text == "<|endoftext|>") text_end = static_cast<uint32_t>(id.as_integer());
  }
  for (const Json& pair : model.find("merges")->items()) {
    merges.push_back(pair.items()[0].as_string() + " " + pair.items()[1].as_string());
  }
  to.add("tokenizer.ggml.model", std::string_view("gpt2"));
  to.add("tokenizer.ggml.pre", std::string_view("qwen2"));
  to.add("tokenizer.ggml.tokens", tokens);
  to.add("tokenizer.ggml.token_type", kinds);
  to.add("tokenizer.ggml.merges", merges);
  to.add("tokenizer.ggml.eos_token_id", turn_end);
  to.add("tokenizer.ggml.padding_token_id", text_end);
  to.add("tokenizer.ggml.add_bos_token", false);
  to.add("tokenizer.chat_template", std::string_view(TUG_TRY(demo.chat_templates()).at("default")));
  return {};
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  const ByteView view = std::as_bytes(std::span(values));
  return {view.begin(), view.end()};
}

/// The tensors that are float32 and small.
std::vector<std::byte> drawn_floats(const MadeTensor& made, double skew, uint64_t seed) {
  RandomStream random(seed);
  std::vector<float> values(static_cast<size_t>(made.tensor.elements()));
  const auto width = static_cast<size_t>(made.tensor.dims[0]);
  double length = 1;
  for (size_t i = 0; i < values.size(); ++i) {
    if (made.draw == Draw::kDecay) {
      const double fastest = exact_log(16.0) * random.uniform();
      values[i] = static_cast<float>(-0.5 * exact_exp(fastest));
      continue;
    }
    if (made.draw == Draw::kRouter && i % width == 0) length = exact_exp(skew * random.normal());
    values[i] = static_cast<float>(made.mean + made.deviation * length * random.normal());
  }
  return bytes_of(values);
}

}  // namespace

std::vector<std::string> made_shapes() {
  std::vector<std::string> names;
  for (const ModelShape& shape : model_shapes()) names.emplace_back(shape.name);
  return names;
}

std::vector<std::string> made_types() { return mix_names(); }

Result<int64_t> make_model(const MakeModelOptions& options,
                           FunctionRef<Status(ByteView bytes, int64_t total)> write) {
  const ModelShape shape = TUG_TRY(find_shape(options));
  const std::vector<MadeTensor> layout = layout_of(shape, TUG_TRY(find_mix(options.type)));
  GgufHeader header;
  header.add("general.architecture", shape.architecture);
  header.add("general.name", std::string_view("random-" + options.shape + "-" + options.type));
  add_shape(shape, header);
  TUG_TRY(add_tokenizer(shape.vocabulary, header));
  std::vector<GgufTensor> tensors;
  for (const MadeTensor& made : layout) tensors.push_back(made.tensor);
  const std::vector<std::byte> start = header.take(tensors);

  auto total = static_cast<int64_t>(start.size());
  for (const GgufTensor& tensor : tensors) total += tensor.bytes() + GgufHeader::padding(tensor.bytes());
  TUG_TRY(write(start, total));
  if (options.sparse) return total;

  const std::vector<std::byte> zeros(GgufHeader::kAlignment);
  std::vector<std::byte> piece;
  for (size_t i = 0; i < layout.size(); ++i) {
    const MadeTensor& made = layout[i];
    const uint64_t seed = mix_bits(mix_bits(static_cast<uint64_t>(options.seed)) + i);
    int64_t left = made.tensor.bytes();
    if (made.draw == Draw::kMatrix) {
      RandomBlocks blocks(made.tensor.type, made.deviation, seed);
      const int64_t block_bytes = type_info(made.tensor.type).block_bytes;
      for (; left > 0; left -= static_cast<int64_t>(piece.size())) {
        piece.resize(static_cast<size_t>(std::min(left, kPieceBytes / block_bytes * block_bytes)));
        blocks.fill(piece);
        TUG_TRY(write(piece, total));
      }
    } else {
      TUG_TRY(write(drawn_floats(made, options.router_skew, seed), total));
    }
    TUG_TRY(
        write(std::span(zeros).first(static_cast<size_t>(GgufHeader::padding(made.tensor.bytes()))), total));
  }
  return total;
}

}  // namespace tug
