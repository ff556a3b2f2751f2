#include "server/dialects/fields.h"

#include <cmath>

namespace tug {

Fields::Fields(const Json& object, Problem& problem) : json_(&object), problem_(&problem) {
  if (!object.is_object() && !problem) problem = {"", "The body of the request must be a JSON object."};
}

std::string Fields::path() const {
  if (parent_ == nullptr) return {};
  std::string path = parent_->path();
  if (!path.empty()) path += '.';
  path += name_;
  if (index_ != SIZE_MAX) path += "[" + std::to_string(index_) + "]";
  return path;
}

void Fields::fail(const char* name, const std::string& message) const {
  if (*problem_) return;
  std::string field = path();
  if (!field.empty() && *name != 0) field += '.';
  *problem_ = {field + name, message};
}

void Fields::wrong(const char* name, const char* expected) const {
  const Json* value = json_->find(name);
  const std::string outer = path();
  fail(name, "\"" + outer + (outer.empty() ? "" : ".") + name + "\" must be " + expected + "; it is " +
                 (value ? value->excerpt() : "missing") + ".");
}

const Json* Fields::find(const char* name) const {
  const Json* value = json_ && json_->is_object() && !failed() ? json_->find(name) : nullptr;
  return value && value->is_null() ? nullptr : value;
}

std::optional<double> Fields::number(const char* name, double min, double max) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_number() && value->as_number() >= min && value->as_number() <= max) return value->as_number();
  wrong(name, ("a number from " + Json(min).dump() + " to " + Json(max).dump()).c_str());
  return std::nullopt;
}

std::optional<int64_t> Fields::whole(const char* name, int64_t min, int64_t max) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  const auto number = value->whole();
  if (number && *number >= min && *number <= max) return number;
  wrong(name, ("a whole number from " + std::to_string(min) + " to " + std::to_string(max)).c_str());
  return std::nullopt;
}

std::optional<bool> Fields::flag(const char* name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_bool()) return value->as_bool();
  wrong(name, "true or false");
  return std::nullopt;
}

std::optional<std::string> Fields::text(const char* name) const {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_string()) return value->as_string();
  wrong(name, "a string");
  return std::nullopt;
}

std::string Fields::needed_text(const char* name) const {
  const Json* value = find(name);
  if (value && value->is_string()) return value->as_string();
  if (!failed()) json_ ? wrong(name, "a string") : fail(name, "A string is missing.");
  return {};
}

Fields Fields::object(const char* name) const {
  const Json* value = find(name);
  if (value && !value->is_object()) wrong(name, "an object"), value = nullptr;
  return Fields(value, this, name, SIZE_MAX);
}

bool Fields::each(const char* name, size_t max, FunctionRef<void(const Fields&)> read) const {
  const Json* value = find(name);
  if (!value) return false;
  if (!value->is_array()) return wrong(name, "an array"), false;
  if (value->items().size() > max) {
    return fail(name, std::string("\"") + name + "\" has more than " + std::to_string(max) + " elements."),
           false;
  }
  for (size_t i = 0; i < value->items().size() && !failed(); ++i) {
    const Fields item(&value->items()[i], this, name, i);
    if (!value->items()[i].is_object()) {
      item.fail("", "\"" + item.path() + "\" must be an object; it is " + value->items()[i].excerpt() + ".");
    } else {
      read(item);
    }
  }
  return true;
}

std::vector<std::string> Fields::texts(const char* name, size_t max) const {
  const Json* value = find(name);
  if (!value) return {};
  if (value->is_string()) return {value->as_string()};
  std::vector<std::string> texts;
  const std::string expected = "a string or an array of at most " + std::to_string(max) + " strings";
  if (!value->is_array() || value->items().size() > max) return wrong(name, expected.c_str()), texts;
  for (const Json& item : value->items()) {
    if (!item.is_string()) return wrong(name, expected.c_str()), texts;
    texts.push_back(item.as_string());
  }
  return texts;
}

std::string Fields::json(const char* name, Json::Kind kind) const {
  const Json* value = find(name);
  if (!value) return {};
  if (value->kind() == kind) return value->dump();
  wrong(name, kind == Json::Kind::kObject ? "an object" : "an array");
  return {};
}

}  // namespace tug
