#include "server/dialects/openai/content.h"

namespace tug {
namespace {

constexpr size_t kPartsMax = 1 << 16;

void add_part(const Fields& part, std::vector<ContentPart>& parts) {
  const std::string type = part.needed_text("type");
  if (type == "text" || type == "input_text" || type == "output_text" || type == "reasoning_text" ||
      type == "summary_text") {
    parts.push_back({ContentPart::Kind::kText, part.needed_text("text")});
  } else if (type == "refusal") {
    parts.push_back({ContentPart::Kind::kText, part.needed_text("refusal")});
  } else {
    part.fail("type",
              "This model reads text; content of the type " + Json(type).excerpt() + " is not supported.");
  }
}

}  // namespace

Content read_content(const Fields& message, const char* name) {
  const Json* value = message.find(name);
  if (!value) return {};
  if (value->is_string()) return Content(value->as_string());
  std::vector<ContentPart> parts;
  if (!value->is_array()) {
    message.fail(name, std::string("\"") + name + "\" must be a string or an array of parts.");
    return {};
  }
  message.each(name, kPartsMax, [&](const Fields& part) { add_part(part, parts); });
  return Content(std::move(parts));
}

}  // namespace tug
