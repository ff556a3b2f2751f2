// Events from JSON headers of hundreds of thousands of tensors.
//
// Why not the library behind base/json.h: it spells every token into a buffer, which takes four times as
// long, and copies a broken token into its messages, which takes several times a hostile header's memory.
#pragma once

#include "base/bytes.h"
#include "base/json.h"

namespace tug {

/// Reports the document to `events`; texts are views that end with the call. Takes no memory but for the
/// longest text with an escape in it. Errors: kCorrupt for what is not JSON (RFC 8259, UTF-8), for more than
/// 64 levels and for integers over 64 bits; those of the events.
Status scan_json(ByteView json, JsonEvents& events);

}  // namespace tug
