// A dialect is how one API spells requests, answers and errors. It knows the typed request and the typed
// events, and nothing of sockets or the model.
#pragma once

#include <functional>
#include <memory>

#include "server/dialects/chat_call.h"
#include "server/dialects/failure.h"
#include "server/dialects/fields.h"
#include "tugboat/model.h"

namespace tug {

struct Usage {
  int64_t prompt = 0;     // tokens
  int64_t cached = 0;     // of these, remembered from before
  int64_t answer = 0;     // reasoning included
  int64_t reasoning = 0;  // of these
};

/// How one of the answers to a request ended.
struct Outcome {
  Answer answer;
  Usage usage;
  DecodeLimit limit = {};  // what the machine could have done
};

/// What a writer has to know about the reply that it writes.
struct ReplyContext {
  std::string id;       // letters and digits, of this reply alone
  int64_t created = 0;  // seconds since 1970
  std::string model;
  int64_t prompt_tokens = 0;  // of all prompts
  size_t answers = 1;         // prompt by prompt
  std::function<std::string(int32_t token)> token_bytes = {};
  std::function<double()> seconds = {};  // since the request came
};

/// Writes one reply: either the frames of a stream, each appended to `out`, or the whole of it.
/// `which` counts the answers of the request.
class ReplyWriter {
 public:
  virtual ~ReplyWriter() = default;

  virtual void begin(std::string& out) = 0;
  virtual void progress(size_t which, const PromptProgress& progress, std::string& out) = 0;
  virtual void token(size_t which, const SampledToken& token, std::string& out) = 0;
  virtual void piece(size_t which, const Piece& piece, std::string& out) = 0;
  virtual void finish(size_t which, const Outcome& outcome, std::string& out) = 0;
  /// After the last answer.
  virtual void end(std::string& out) = 0;
  /// Nothing has happened for a while; clients that count parsed events must see one.
  virtual void heartbeat(std::string& out) = 0;
  /// An error instead of what was still to come.
  virtual void fail(const Failure& failure, std::string& out) = 0;

  /// The body of a reply that is no stream.
  virtual std::string whole(const std::vector<Outcome>& outcomes) = 0;
};

struct ParsedCall {
  ChatCall call;
  /// What else the request says about its reply is inside.
  std::function<std::unique_ptr<ReplyWriter>(ReplyContext)> make_writer;
};

struct ErrorReply {
  int status;
  std::string body;
};

struct Dialect {
  const char* name;
  /// With a problem the rest of what it returns means nothing.
  ParsedCall (*parse)(const Json& body, Problem& problem);
  ErrorReply (*error)(const Failure& failure, const std::string& request_id);
};

}  // namespace tug
