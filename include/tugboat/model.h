// Open a model, talk to it, measure it. This is the whole C++ API: what the `tug` program itself uses.
//
//   tug::Model model = TUG_TRY(tug::Model::open("demo", {}));
//   tug::Prompt prompt = TUG_TRY(model.text().chat_prompt({{"user", "Hello!"}}, {}));
//
//   // One conversation, on this thread:
//   tug::Session session = TUG_TRY(model.new_session(0));
//   tug::Answer answer = TUG_TRY(session.generate(prompt, {}, [](const tug::Piece& piece) {
//     std::cout << piece.text << std::flush;
//     return true;  // go on
//   }));
//
//   // Many at once; the events of each come on threads of the model:
//   tug::Ticket ticket = TUG_TRY(model.submit({prompt}, [](const tug::Event& event) {
//     if (const auto* piece = std::get_if<tug::Piece>(&event)) std::cout << piece->text;
//     if (const auto* answer = std::get_if<tug::Answer>(&event)) ...  // the end, or:
//     if (const auto* error = std::get_if<tug::Error>(&event)) std::cerr << error->message();
//   }));
//
// Threads. A Model, a ModelText and their copies may be used by any number of threads at once: one thread of
// the model's own runs its steps, and every step works for all requests and sessions that have something to
// compute. A Session belongs to one thread at a time; several sessions may work at once. No answer depends on
// what else is computed beside it.
//
// Lifetime. Handles are cheap; a Session and every copy of a Model keep the model loaded. When the last one
// goes, the requests that still live end as cancelled, their last events are delivered, and only then the
// destructor returns.
//
// Exceptions. Tugboat throws none of its own. What your own callbacks throw on your thread (progress, pieces,
// logits) comes through to you, and the model stays usable; what a sink throws ends its request.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tugboat/request.h"
#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

/// How a conversation becomes a prompt.
struct ChatOptions {
  std::string tools = {};             // OpenAI's tools array as JSON; empty: none
  std::optional<bool> thinking = {};  // sets the template's enable_thinking
  std::string variables = {};         // further template variables, a JSON object
};

/// A model's tokenizer, chat template and defaults; opened without its weights. Cheap to copy.
class ModelText {
 public:
  /// `model` as in Model::open.
  static Result<ModelText> open(const std::string& model);

  /// Token ids. Control strings such as <|im_end|> are ordinary text unless `special`.
  Result<std::vector<int32_t>> encode(std::string_view text, bool special) const;
  /// Errors: kInvalidArgument for ids that the tokenizer does not know.
  Result<std::string> decode(std::span<const int32_t> ids, bool special) const;
  /// The bytes of one token, perhaps a part of a character. Errors: as decode().
  Result<std::string> token_bytes(int32_t id) const;

  /// The conversation through the model's chat template, ready for the assistant's answer. Control strings
  /// inside user and tool messages stay text.
  Result<Prompt> chat_prompt(const std::vector<Message>& messages, const ChatOptions& options) const;
  /// The text without any template; control strings in it are text.
  Result<Prompt> raw_prompt(std::string_view text) const;

  bool has_chat_template() const;
  /// The model's own sampling (generation_config), temperature 0 where it asks for greedy decoding.
  const Sampling& default_sampling() const;
  const std::vector<int32_t>& stop_tokens() const;

  struct Parts;
  const Parts& parts() const { return *parts_; }
  explicit ModelText(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

 private:
  std::shared_ptr<const Parts> parts_;
};

struct ModelOptions {
  std::string backend = "cpu";  // or "reference"
  std::string isa = {};  // "avx2", "avxvnni", "avx512", "amx", "neon"; empty: the best that this machine has
  int threads = 0;       // 0: all cores that this process may use
  int64_t memory = 0;    // bytes for weights, workspaces and all contexts; 0: what is available
  int64_t cache = 0;     // of it for experts that are read when they are needed; 0: what is left
  std::string kv = "f32";  // how keys and values are kept: "f32", "f16" or "q8_0"
  int64_t chunk = 0;       // most tokens of all requests in one step, fewer when memory is short; 0: 512, or
                           // up to 8,192 where experts are streamed
  int64_t state_memory = -1;  // bytes for states of earlier requests, while nobody else needs them; -1: half
                              // of what all contexts may have
  int64_t waiting_max = 256;  // requests that may wait for their turn; more are refused
  std::function<void(int64_t done, int64_t total)> progress = {};  // bytes loaded
};

struct ModelInfo {
  std::string name, architecture, backend, isa;
  int threads = 0;
  int64_t vocabulary = 0;
  int64_t context = 0;                 // positions that the model was made for
  int64_t weight_bytes = 0;            // in memory
  int64_t stored_bytes = 0;            // of all weights, as the files hold them
  int64_t bytes_per_token = 0;         // of them, what one decoded token reads
  int64_t expert_bytes_per_token = 0;  // of these, its experts
  double load_seconds = 0;
};

/// What a model that is larger than memory has asked of its drive since it was opened; all 0 of another.
struct Streaming {
  int64_t expert_hits = 0, expert_misses = 0;  // experts that were needed, and lay in memory or not
  int64_t foreseen = 0;                        // of the misses: on their way when they were needed
  int64_t bytes_read = 0;
  double wait_seconds = 0;    // in which nothing could be computed
  int64_t expert_places = 0;  // experts that there is memory for, now

  Streaming operator-(const Streaming& before) const;
};

/// Bytes a second that this machine reads, as measured; 0: not known.
struct ReadSpeed {
  double memory = 0, drive = 0;
};

/// The rate of one answer that nothing holds up but the reading of its weights.
struct DecodeLimit {
  double per_second = 0;  // tokens; 0: not known
  bool drive = false;     // experts come from it more slowly than others from memory
};
/// `during`: of the answer's tokens, or of others like them.
DecodeLimit decode_limit(const ModelInfo& info, const Streaming& during, const ReadSpeed& speed);

class Session;

class Model {
 public:
  /// `model`: "demo", a GGUF file (any part of a split set), or a Hugging Face directory.
  /// Errors: kNotFound, kCorrupt, kUnsupported, kOutOfMemory, kIo.
  static Result<Model> open(const std::string& model, const ModelOptions& options);

  const ModelInfo& info() const;
  const ModelText& text() const;
  Streaming streaming() const;
  /// The memory of the weights, for measuring how fast it can be read.
  std::span<const std::byte> weight_memory() const;

  /// Hands a request over and returns at once; its events go to `events` (see request.h). Errors, before any
  /// event: kInvalidArgument, kContextFull for a prompt without room for an answer, kOverloaded when
  /// ModelOptions::waiting_max requests wait.
  Result<Ticket> submit(Request request, EventSink events) const;

  /// Ends a request within a step, wherever it is: its last event is the Answer so far, with
  /// FinishReason::kCancelled. A request that has ended, or is just ending, stays as it is.
  void cancel(Ticket ticket) const;

  /// A new, empty conversation. `context`: most tokens, prompt and answer; 0: what model and memory allow.
  Result<Session> new_session(int64_t context) const;

  struct Parts;

 private:
  friend class Session;
  explicit Model(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<Parts> parts_;
};

/// Called on the caller's thread for each piece of an answer, and with an empty one after every step and some
/// times a second; false cancels, and then no more are shown.
using OnPiece = std::function<bool(const Piece&)>;

/// The log-probability of every token given those before it (natural logarithm).
struct Score {
  std::vector<double> log_probabilities;  // one fewer than tokens
  double perplexity = 0;                  // exp of the negative mean
};

/// Takes the next bytes of a stream; fills in the next bytes of one, all of them. Called on the caller's
/// thread, and holds up nobody else. An error ends the work and is returned.
using ByteSink = std::function<Status(std::span<const std::byte>)>;
using ByteSource = std::function<Status(std::span<std::byte>)>;

/// One sequence and what the model remembers of it. Movable, for one thread at a time; keeps its model alive.
/// While one of its functions runs, callbacks may not call another of the same session: kInvalidArgument.
class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Continues to the prompt: what the session already holds of it is not computed again. Where the prompt
  /// leaves what the session holds, the session goes back to there; if the model has recurrent state and that
  /// is more than a few tokens, it starts over.
  Result<Answer> generate(const Prompt& prompt, const GenerateOptions& options, const OnPiece& on_piece);

  /// Scores tokens in a fresh start. `on_logits` (may be null) gets every position's logits [vocabulary].
  Result<Score> score(std::span<const int32_t> tokens,
                      const std::function<void(std::span<const float>)>& on_logits);

  /// Tokens whose state the session holds, and the most that it can hold.
  const std::vector<int32_t>& tokens() const;
  int64_t capacity() const;

  /// Writes everything the session remembers to a sink, piece by piece. Errors: those of the sink.
  Status save(const ByteSink& sink) const;
  /// Continues bit for bit what was saved, also in another process. A failed restore (kCorrupt;
  /// kInvalidArgument for another model, backend, cache format or version; kContextFull; kOutOfMemory; the
  /// source's own error) leaves the session as it was.
  Status restore(const ByteSource& source);

  /// Forgets everything.
  Status clear();

 private:
  friend class Model;
  struct Parts;
  explicit Session(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// Bytes of memory that this process holds, now and at most so far; 0 where the system does not tell.
struct ProcessMemory {
  int64_t resident = 0, peak = 0;
};
ProcessMemory process_memory();

/// What a model is, without loading its weights.
struct Inspection {
  std::string text;  // for people
  std::string json;
};
Result<Inspection> inspect(const std::string& model);

}  // namespace tug
