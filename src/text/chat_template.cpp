#include "text/chat_template.h"

#include <chrono>

#include "text/library.h"

namespace tug {

void ChatTemplate::Destroy::operator()(TugTemplate* handle) const { tug_template_destroy(handle); }

Result<ChatTemplate> ChatTemplate::compile(std::string_view source) {
  TugTemplate* handle = nullptr;
  TUG_TRY(take(tug_template_compile(lend(source), &handle)));
  return ChatTemplate(handle);
}

Result<std::string> ChatTemplate::render(const Json& context) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return render(context, std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

Result<std::string> ChatTemplate::render(const Json& context, int64_t now) const {
  return take(tug_template_render(handle_.get(), lend(context.dump()), now));
}

}  // namespace tug
