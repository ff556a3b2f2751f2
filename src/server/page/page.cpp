#include "server/page/page.h"

#include "base/embed.h"
#include "server/page/built.h"

// The page, and its packed form.
TUG_EMBED(char, tug_page, TUG_PAGE)
TUG_EMBED(char, tug_page_packed, TUG_PAGE_PACKED)

namespace tug {
namespace {

bool has(const HttpRequest& request, const char* header, std::string_view word) {
  const std::string* value = request.header(header);
  return value && value->find(word) != std::string::npos;
}

}  // namespace

HttpReply page_reply(const HttpRequest& request) {
  HttpReply reply{.type = "text/html; charset=utf-8",
                  .headers = {{"ETag", kPageTag},
                              {"Cache-Control", "no-cache"},
                              {"Vary", "Accept-Encoding"},
                              {"Content-Security-Policy", kPagePolicy},
                              {"Referrer-Policy", "no-referrer"},
                              {"X-Content-Type-Options", "nosniff"}}};
  if (has(request, "if-none-match", kPageTag)) {
    reply.status = 304;
    return reply;
  }
  if (has(request, "accept-encoding", "gzip")) {
    reply.headers.emplace_back("Content-Encoding", "gzip");
    reply.body.assign(tug_page_packed_begin, tug_page_packed_end);
  } else {
    reply.body.assign(tug_page_begin, tug_page_end);
  }
  return reply;
}

}  // namespace tug
