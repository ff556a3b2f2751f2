// What every architecture file works with: the settings, the tensors, and the plan that grows block by block.
#pragma once

#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "models/settings.h"
#include "models/tensors.h"
#include "plan/plan.h"

namespace tug {

struct Architecture;

class Builder {
 public:
  /// Reads what every model has: hidden size, layers, vocabulary, norm epsilon, context, activation,
  /// quantisation.
  Builder(const Checkpoint& checkpoint, const Architecture& architecture);

  Settings& settings() { return settings_; }
  Problems& problems() { return problems_; }
  bool gguf() const { return tensors_.gguf(); }
  int64_t hidden() const { return plan_.hidden; }
  /// Decoder layers, MTP left out. Never more than there are tensors.
  int64_t layer_count() const { return plan_.layers; }
  int64_t tensor_count() const { return tensors_.count(); }
  int64_t context() const { return plan_.context; }
  void extend_context(int64_t context) { plan_.context = std::max(plan_.context, context); }
  /// More was found wrong than a person can read.
  bool hopeless() const { return problems_.hopeless(); }

  /// An error when a setting is missing, impossible or not supported. To be asked before tensors are taken.
  Status check_settings();

  /// From now on, norms' weights are stored as w - 1.
  void set_zero_centred(bool zero_centred) { zero_centred_ = zero_centred; }

  Layer layer(int64_t index);
  Norm norm(const Scope& scope, Name name, int64_t size) const;
  Norm norm(const Scope& scope, Name name) const { return norm(scope, name, hidden()); }

  /// Appends a block: x += work(norm(x)).
  void add(const Layer& layer, Name norm, Work work);

  /// Every decoder layer in turn.
  void for_each_layer(FunctionRef<void(const Layer&)> add_layer);
  /// The MTP module's layers, if the checkpoint has one; their blocks go to Plan::mtp.
  void for_each_mtp_layer(FunctionRef<void(const Layer&)> add_layer);

  /// Adds embedding and head. Errors: the tensors do not fit the settings, all of them named.
  Result<Plan> finish();

 private:
  int64_t read_vocabulary();
  void read_layers();
  void check_memory();
  void take_mtp_head(const Scope& scope, Mtp& mtp) const;
  void take_embedding_and_head();
  bool is_tied(bool has_head);

  const Checkpoint& checkpoint_;
  Problems problems_;
  Tensors tensors_;
  Settings settings_;
  Plan plan_;
  float eps_ = 0;
  bool zero_centred_ = false;
  int64_t mtp_layers_ = 0;  // GGUF: blocks after the decoder's
  std::vector<Block>* blocks_ = &plan_.blocks;
};

}  // namespace tug
