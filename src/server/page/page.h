// The page in the browser: one file, built from web/ by `make page` and a part of the program.
#pragma once

#include "server/http/http_message.h"

namespace tug {

/// The page, packed where the client takes gzip; 304 where it has this one already.
HttpReply page_reply(const HttpRequest& request);

}  // namespace tug
