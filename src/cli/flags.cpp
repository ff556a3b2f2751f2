#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/units.h"
#include "cli/numbers.h"

namespace tug {

std::string long_name(const std::string& names) {
  const size_t first = names.find("--");
  return names.substr(first, names.find(',', first) - first);
}

Flags::Flags(const std::string& verb, const std::string& description)
    : verb_(verb), app_(std::make_unique<CLI::App>(description, "tug " + verb)) {
  app_->get_formatter()->column_width(38);
}

Flags::~Flags() = default;

void Flags::custom(const std::string& names, const std::string& type, const std::string& help,
                   bool repeatable, std::function<Status(const std::string&)> read) {
  const auto check = [read = std::move(read)](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (const Status status = read(text); !status.ok())
        throw CLI::ValidationError(status.error().message());
    }
    return true;
  };
  CLI::Option* option = app_->add_option(names, check, help);
  option->type_name(type)->allow_extra_args(false)->multi_option_policy(
      repeatable ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
}

void Flags::positional(const std::string& name, const std::string& help, std::optional<std::string>* value) {
  custom(name, " ", help, false, [value](const std::string& text) {
    *value = text;
    return Status();
  });
}

void Flags::text(const std::string& names, const std::string& type, const std::string& help,
                 std::string* value) {
  custom(names, type, help, false, [value](const std::string& text) {
    *value = text;
    return Status();
  });
}

void Flags::texts(const std::string& names, const std::string& help, std::vector<std::string>* values) {
  custom(names, "TEXT", help, true, [=](const std::string& text) -> Status {
    if (text.empty()) return Error(ErrorCode::kInvalidArgument, long_name(names) + " must not be empty.");
    values->push_back(text);
    return {};
  });
}

void Flags::toggle(const std::string& names, const std::string& help, bool* value) {
  app_->add_flag(names, *value, help);
}

void Flags::choice(const std::string& names, const std::string& help, const std::vector<std::string>& allowed,
                   std::string* value) {
  std::string list;
  for (const std::string& word : allowed) list += (list.empty() ? "" : "|") + word;
  custom(names, list, help, false, [=](const std::string& text) -> Status {
    if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
      return Error(ErrorCode::kInvalidArgument,
                   long_name(names) + " takes one of " + list + ", not " + in_quotes(text) + ".");
    }
    *value = text;
    return {};
  });
}

void Flags::whole(const std::string& names, const std::string& help, int64_t min, int64_t max,
                  int64_t* value) {
  custom(names, "N", help, false, [=](const std::string& text) -> Status {
    *value = TUG_TRY(parse_whole(long_name(names), text, min, max));
    return {};
  });
}

void Flags::size(const std::string& names, const std::string& help, int64_t* value) {
  custom(names, "SIZE", help, false, [=](const std::string& text) -> Status {
    auto bytes = parse_size(text);
    if (!bytes.ok())
      return Error(ErrorCode::kInvalidArgument, long_name(names) + ": " + bytes.error().message());
    if (*bytes == 0)
      return Error(ErrorCode::kInvalidArgument, long_name(names) + " must be more than nothing.");
    *value = *bytes;
    return {};
  });
}

Result<std::optional<std::string>> Flags::parse(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // the library takes them from the back
  try {
    app_->parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return std::optional(app_->help());
  } catch (const CLI::ExtrasError& error) {
    return Error(ErrorCode::kInvalidArgument, std::string(error.what()) +
                                                  ". Words that belong together are put in quotes; see tug " +
                                                  verb_ + " --help.");
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    if (!message.empty() && message.back() != '.') message += '.';
    return Error(ErrorCode::kInvalidArgument, message + " See tug " + verb_ + " --help.");
  }
  return std::optional<std::string>();
}

}  // namespace tug
