#include "models/builder.h"

#include "base/printable.h"
#include "base/units.h"
#include "models/architecture.h"
#include "models/quantisation.h"
#include "plan/walk.h"

namespace tug {
namespace {

using Kind = Problems::Kind;

constexpr Range kContexts{1, int64_t{1} << 40};
constexpr int64_t kUsualContext = 32768;  // the default of transformers' classes
constexpr Range kVocabularies{1, int64_t{1} << 31};
constexpr Range kLayers{1, 1 << 20};

constexpr Key kContext{"max_position_embeddings", "context_length"};
constexpr Key kLayerCount{"num_hidden_layers", "block_count"};

constexpr Name kMtpFc{"fc.weight", "nextn.eh_proj.weight"};

std::string own_name(const Checkpoint& checkpoint) {
  const auto found = checkpoint.metadata().find("general.name");
  if (found == checkpoint.metadata().end()) return checkpoint.name();
  const auto* name = std::get_if<std::string_view>(&found->second);
  return name ? printable(*name) : checkpoint.name();
}

/// What a sequence of `context` tokens remembers in one block.
double state_floats(const Work& work, int64_t context) {
  const auto product = [](auto... sizes) { return (static_cast<double>(sizes) * ...); };
  if (const auto* attention = std::get_if<Attention>(&work)) {
    return 2 * product(context, attention->kv_heads, attention->head_dim);
  }
  if (const auto* net = std::get_if<GatedDeltaNet>(&work)) {
    return product(net->value_heads, net->key_dim, net->value_dim) +
           product(net->channels(), net->conv_kernel);
  }
  return 0;
}

}  // namespace

Builder::Builder(const Checkpoint& checkpoint, const Architecture& architecture)
    : checkpoint_(checkpoint),
      tensors_(checkpoint, problems_),
      settings_(checkpoint, architecture.gguf, problems_) {
  plan_.architecture = architecture.name;
  plan_.name = own_name(checkpoint);
  plan_.hidden = settings_.integer({"hidden_size", "embedding_length"}, kSizes);
  const std::optional<int64_t> context = gguf() ? std::nullopt : std::optional(kUsualContext);
  plan_.context = settings_.integer(kContext, kContexts, context);
  plan_.vocabulary = read_vocabulary();
  eps_ =
      static_cast<float>(settings_.number({"rms_norm_eps", "attention.layer_norm_rms_epsilon"}, 0, 1, 1e-6));
  const std::string activation = settings_.text({"hidden_act"}, "silu");
  if (activation != "silu" && activation != "swish") {
    settings_.refuse({"hidden_act"}, "is \"" + activation + "\"; only silu is supported.");
  }
  read_layers();
  if (!gguf()) check_quantisation(settings_, checkpoint_);
}

int64_t Builder::read_vocabulary() {
  const std::string name = gguf() ? "token_embd.weight" : tensors_.trunk() + "embed_tokens.weight";
  const Tensor* embedding = tensors_.find(name);
  const bool is_known = embedding && embedding->shape.rank == 2 && embedding->shape[0] > 0;
  const int64_t rows = is_known ? embedding->shape[0] : 1;
  return gguf() ? rows : settings_.integer({"vocab_size"}, kVocabularies, rows);  // GGUF need not say
}

void Builder::read_layers() {
  plan_.layers = settings_.integer(kLayerCount, kLayers);
  if (plan_.layers > tensors_.count()) {
    settings_.wrong(kLayerCount, "is " + format_count(plan_.layers) + ", but there are only " +
                                     format_count(tensors_.count()) + " tensors.");
    plan_.layers = 0;
    return;
  }
  if (!gguf()) return;
  // GGUF counts MTP blocks as layers. Some files do not say how many they are, some count blocks that they
  // lack.
  const int64_t blocks = plan_.layers;
  int64_t unnamed = 0;
  while (unnamed < blocks && layer(blocks - 1 - unnamed).has(kMtpFc)) ++unnamed;
  mtp_layers_ = settings_.integer({"", "nextn_predict_layers"}, {0, blocks}, unnamed);
  const Layer first_mtp = layer(blocks - mtp_layers_);
  const bool is_counted = first_mtp.has(kMtpFc) || !first_mtp.has({"", "attn_norm.weight"});
  if (is_counted) plan_.layers -= mtp_layers_;
  if (plan_.layers == 0) settings_.wrong(kLayerCount, "leaves no decoder layer beside the MTP blocks.");
}

Status Builder::check_settings() {
  if (problems_.empty()) return {};
  return problems_.report("These settings of " + plan_.architecture +
                          " cannot be right or are not supported:");
}

Layer Builder::layer(int64_t index) {
  const std::string prefix = gguf() ? "blk." : tensors_.trunk() + "layers.";
  return {Scope(tensors_, prefix + std::to_string(index) + "."), index};
}

Norm Builder::norm(const Scope& scope, Name name, int64_t size) const {
  return {scope.vector(name, size), eps_, zero_centred_};
}

void Builder::add(const Layer& layer, Name norm_name, Work work) {
  const auto index = static_cast<int32_t>(blocks_->size());
  blocks_->push_back({index, static_cast<int32_t>(layer.index), norm(layer, norm_name), std::move(work)});
}

void Builder::for_each_layer(FunctionRef<void(const Layer&)> add_layer) {
  for (int64_t i = 0; i < plan_.layers && !hopeless(); ++i) add_layer(layer(i));
}

void Builder::for_each_mtp_layer(FunctionRef<void(const Layer&)> add_layer) {
  const Layer first = layer(plan_.layers);
  if (gguf() ? mtp_layers_ == 0 || !first.has(kMtpFc) : tensors_.mtp().empty()) return;
  Mtp mtp;
  blocks_ = &mtp.blocks;
  if (gguf()) {
    for (int64_t i = 0; i < mtp_layers_ && !hopeless(); ++i) {
      const Layer block = layer(plan_.layers + i);
      take_mtp_head(block, mtp);  // every block repeats it
      add_layer(block);
    }
  } else {
    take_mtp_head(Scope(tensors_, tensors_.mtp()), mtp);
    for (int64_t i = 0; !hopeless(); ++i) {
      const std::string prefix = tensors_.mtp() + "layers." + std::to_string(i) + ".";
      if (i > 0 && !tensors_.has_any(prefix)) break;
      add_layer({Scope(tensors_, prefix), plan_.layers + i});
    }
  }
  blocks_ = &plan_.blocks;
  plan_.mtp = std::move(mtp);
}

void Builder::take_mtp_head(const Scope& scope, Mtp& mtp) const {
  constexpr Name kEmbedding{"embed_tokens.weight", "nextn.embed_tokens.weight"};
  constexpr Name kHead{"", "nextn.shared_head_head.weight"};
  mtp.fc = scope.linear(kMtpFc, hidden(), 2 * hidden());
  mtp.embedding_norm = norm(scope, {"pre_fc_norm_embedding.weight", "nextn.enorm.weight"});
  mtp.hidden_norm = norm(scope, {"pre_fc_norm_hidden.weight", "nextn.hnorm.weight"});
  mtp.norm = norm(scope, {"norm.weight", "nextn.shared_head_norm.weight"});
  if (scope.has(kEmbedding)) mtp.embedding = scope.matrix(kEmbedding, plan_.vocabulary, hidden());
  if (scope.has(kHead)) mtp.head = scope.linear(kHead, plan_.vocabulary, hidden());
}

void Builder::take_embedding_and_head() {
  const Scope trunk(tensors_, gguf() ? "" : tensors_.trunk());
  plan_.embedding = trunk.matrix({"embed_tokens.weight", "token_embd.weight"}, plan_.vocabulary, hidden());
  plan_.head_norm = norm(trunk, {"norm.weight", "output_norm.weight"});

  const bool beside =
      !gguf() && !tensors_.find("lm_head.weight") && tensors_.find("language_model.lm_head.weight");
  const Scope top(tensors_, beside ? "language_model." : "");
  constexpr Name kHead{"lm_head.weight", "output.weight"};
  plan_.tied = is_tied(top.has(kHead));
  if (plan_.tied) {
    top.ignore(kHead);
    plan_.head.weight = plan_.embedding;
  } else {
    plan_.head = top.linear(kHead, plan_.vocabulary, hidden());
  }
}

bool Builder::is_tied(bool has_head) {
  if (gguf()) return !has_head;
  const bool text_says = settings_.flag({"tie_word_embeddings"}, false);
  const Json* whole = checkpoint_.config().find("tie_word_embeddings");
  const bool agrees = !whole || !whole->is_bool() || whole->as_bool() == text_says;
  return agrees ? text_says : !has_head;  // a nested config may say two things; then the file decides
}

/// A sequence of the whole context must be countable in 64 bits, with room for sums of several.
void Builder::check_memory() {
  constexpr double kBytesMax = 0x1p56;
  double bytes = 0;
  for (const Block& block : plan_.blocks) bytes += state_floats(block.work, plan_.context) * sizeof(float);
  if (bytes <= kBytesMax) return;
  settings_.wrong(kContext, "makes a context of " + format_count(plan_.context) +
                                " tokens, whose keys and values would take more memory than there is.");
}

Result<Plan> Builder::finish() {
  take_embedding_and_head();
  tensors_.note_unused();
  if (!problems_.empty()) {
    return problems_.report("The tensors are not those of " + plan_.architecture + " with these settings:");
  }
  check_memory();
  TUG_TRY(check_settings());
  number_vectors(plan_);
  return std::move(plan_);
}

}  // namespace tug
