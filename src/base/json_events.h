// Events from JSON headers of hundreds of thousands of tensors.
//
// Why not the library behind base/json.h: it spells every token into a buffer, which takes four times as
// long, and copies a broken token into its messages, which takes several times a hostile header's memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "tugboat/result.h"

namespace tug {

/// What a streaming parse reports; return an Error from a callback to stop it.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual Status on_key(std::string_view key) = 0;
  virtual Status on_string(std::string_view value) = 0;
  virtual Status on_integer(int64_t value) = 0;
  virtual Status on_other() = 0;  // null, a boolean or a fraction
  virtual Status on_begin(bool object) = 0;
  virtual Status on_end(bool object) = 0;
};

/// Reports the document to `events`; texts are views that end with the call. Takes no memory but for the
/// longest text with an escape in it. Errors: kCorrupt for what is not JSON (RFC 8259, UTF-8), for more than
/// 64 levels and for integers over 64 bits; those of the events. A byte order mark is skipped.
Status scan_json(ByteView json, JsonEvents& events);

}  // namespace tug
