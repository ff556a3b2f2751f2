#include "server/models_json.h"

#include <ctime>

namespace tug {

Json model_json(const ModelInfo& info, const std::string& name, int64_t context, int64_t created) {
  char date[32];
  const std::time_t seconds = created;
  std::tm parts{};
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
  return Json::object({{"id", name},
                       {"object", "model"},
                       {"type", "model"},
                       {"display_name", name},
                       {"created", created},
                       {"created_at", date},
                       {"owned_by", "tugboat"},
                       {"max_model_len", context},
                       {"context_length", context},
                       {"meta", Json::object({{"n_vocab", info.vocabulary},
                                              {"n_ctx", context},
                                              {"n_ctx_train", info.context},
                                              {"size", info.weight_bytes},
                                              {"architecture", info.architecture}})}});
}

Json models_json(Json model) {
  const Json id = *model.find("id");
  Json data = Json::array({std::move(model)});
  return Json::object({{"object", "list"},
                       {"data", std::move(data)},
                       {"has_more", false},
                       {"first_id", id},
                       {"last_id", id}});
}

}  // namespace tug
