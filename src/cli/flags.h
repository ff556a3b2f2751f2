// One verb's command line: declared row by row, then read. The library behind it (CLI11) is in flags.cpp
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tugboat/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tug {

/// `names` are as people type them, separated by commas: "-n,--predict". Targets keep their value when a flag
/// is absent; of repeated flags the last one counts.
class Flags {
 public:
  Flags(const std::string& verb, const std::string& description);
  ~Flags();

  void positional(const std::string& name, const std::string& help, std::optional<std::string>* value);
  void text(const std::string& names, const std::string& type, const std::string& help, std::string* value);
  void texts(const std::string& names, const std::string& help, std::vector<std::string>* values);
  void toggle(const std::string& names, const std::string& help, bool* value);
  void choice(const std::string& names, const std::string& help, const std::vector<std::string>& allowed,
              std::string* value);
  void whole(const std::string& names, const std::string& help, int64_t min, int64_t max, int64_t* value);
  void size(const std::string& names, const std::string& help, int64_t* value);

  /// Anything else: `read` is given what was typed after the flag, once for each time if `repeatable`.
  void custom(const std::string& names, const std::string& type, const std::string& help, bool repeatable,
              std::function<Status(const std::string& text)> read);

  /// Reads the words after the verb. A text: help was asked for, and this is it.
  /// Errors: kInvalidArgument.
  Result<std::optional<std::string>> parse(std::vector<std::string> words);

 private:
  std::string verb_;
  std::unique_ptr<CLI::App> app_;
};

/// "-n,--predict" -> "--predict": the name for sentences.
std::string long_name(const std::string& names);

}  // namespace tug
