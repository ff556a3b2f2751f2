#include "server/page/page.h"

#include "server/page/built.h"

// The assembler includes the file and its packed form; module.cmake says where they lie and when to rebuild.
#define TUG_LABEL(label) ".globl " label "\n.hidden " label "\n" label ":\n"
#define TUG_EMBED(symbol, file)                                                                   \
  asm(".section .rodata, \"a\"\n" TUG_LABEL(#symbol "_begin") ".incbin \"" file "\"\n" TUG_LABEL( \
      #symbol "_end") ".previous\n");                                                             \
  extern "C" __attribute__((visibility("hidden"))) const char symbol##_begin[];                   \
  extern "C" __attribute__((visibility("hidden"))) const char symbol##_end[];

TUG_EMBED(tug_page, TUG_PAGE)
TUG_EMBED(tug_page_packed, TUG_PAGE_PACKED)

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
