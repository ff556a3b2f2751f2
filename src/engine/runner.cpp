#include "engine/runner.h"

#include <algorithm>

#include "base/units.h"

namespace tug {
namespace {

/// Events on their way before a request pauses. A session's caller may cancel by what it reads: what was
/// computed ahead must not be more than can be dropped again (kDropMax).
constexpr size_t kSinkEvents = 256, kSessionEvents = 12;

constexpr int64_t kLogProbabilitiesMax = 1000;

Status check_prompt(const std::vector<int32_t>& prompt, int64_t vocabulary, int64_t context) {
  const auto count = static_cast<int64_t>(prompt.size());
  if (count == 0)
    return Error(ErrorCode::kInvalidArgument, "The prompt is empty; there is nothing to continue.");
  if (count >= context) {
    return Error(ErrorCode::kContextFull, "The prompt has " + format_count(count) +
                                              " tokens and the context holds " + format_count(context) +
                                              ", the answer included. Shorten it or give a longer context.");
  }
  return check_tokens(prompt, vocabulary);
}

Status check_counts(const GenerateOptions& options) {
  if (options.tokens_max < -1) {
    return Error(ErrorCode::kInvalidArgument, "tokens_max must be at least 0, or -1 for no limit, not " +
                                                  format_count(options.tokens_max) + ".");
  }
  if (options.reasoning_max < -1) {
    return Error(ErrorCode::kInvalidArgument, "reasoning_max must be at least 0, or -1 for no limit, not " +
                                                  format_count(options.reasoning_max) + ".");
  }
  const int64_t count = options.log_probabilities;
  if (count >= -1 && count <= kLogProbabilitiesMax) return {};
  return Error(ErrorCode::kInvalidArgument, "Log-probabilities can be had of the 0 to " +
                                                format_count(kLogProbabilitiesMax) +
                                                " most likely tokens, not of " + format_count(count) + ".");
}

}  // namespace

Status check_tokens(std::span<const int32_t> tokens, int64_t vocabulary) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] >= 0 && tokens[i] < vocabulary) continue;
    return Error(ErrorCode::kInvalidArgument, "Token number " + format_count(static_cast<int64_t>(i) + 1) +
                                                  " is " + std::to_string(tokens[i]) +
                                                  "; the model's ids are 0 to " +
                                                  std::to_string(vocabulary - 1) + ".");
  }
  return {};
}

Runner::Runner(Engine& engine, const Tokenizer& tokenizer, const std::vector<int32_t>& stop_tokens,
               int64_t waiting_max, int64_t state_memory)
    : engine_(engine),
      tokenizer_(tokenizer),
      stop_tokens_(stop_tokens),
      waiting_max_(waiting_max),
      door_(std::make_shared<Door>()),
      scheduler_(engine, state_memory),
      thread_([this] { loop(); }) {
  const std::lock_guard lock(door_->mutex);
  door_->runner = this;
}

Runner::~Runner() {
  {
    const std::lock_guard lock(door_->mutex);
    door_->runner = nullptr;
  }
  {
    const std::lock_guard lock(mutex_);
    inbox_.stopping = true;
  }
  arrived_.notify_one();
  thread_.join();
}

Result<JobSpec> Runner::check(Request request) {
  if (request.context < 0) {
    return Error(ErrorCode::kInvalidArgument, "The context must be at least 1 token.");
  }
  if (request.context > 0) TUG_TRY(engine_.check_room(request.context));
  int64_t context = request.context > 0 ? request.context : engine_.plan().context;
  TUG_TRY(check_prompt(request.prompt.tokens, engine_.plan().vocabulary, context));
  TUG_TRY(engine_.check_room(static_cast<int64_t>(request.prompt.tokens.size()) + 1));
  context = std::min(context, engine_.largest_capacity());
  TUG_TRY(check_sampling(request.options.sampling));
  TUG_TRY(check_counts(request.options));
  ReasoningBudget reasoning;
  if (!request.prompt.raw) {
    reasoning = TUG_TRY(
        ReasoningBudget::make(tokenizer_, request.options.reasoning_max, request.prompt.in_reasoning));
    TUG_TRY(check_tokens(reasoning.closing(), engine_.plan().vocabulary));
  }
  Json tools;
  if (!request.prompt.tools.empty()) tools = TUG_TRY(parse_json(request.prompt.tools).in("the tools"));
  return JobSpec{.ticket = {++last_ticket_},
                 .prompt = std::move(request.prompt),
                 .options = std::move(request.options),
                 .tools = std::move(tools),
                 .reasoning = std::move(reasoning),
                 .scope = std::move(request.scope),
                 .context = context,
                 .remembered = {},
                 .delivery = {}};
}

std::shared_ptr<Delivery> Runner::make_delivery(size_t limit, EventSink sink, Ticket ticket) {
  const auto tell = [door = door_](auto what) {
    const std::lock_guard lock(door->mutex);
    if (door->runner) what(*door->runner);
  };
  return std::make_shared<Delivery>(
      limit, [=] { tell([](Runner& runner) { runner.wake(); }); }, std::move(sink),
      [=](Error error) { tell([&](Runner& runner) { runner.end(ticket, std::move(error)); }); });
}

Status Runner::check_waiting() const {
  const int64_t waiting = scheduler_.waiting() + static_cast<int64_t>(inbox_.jobs.size());
  if (waiting < waiting_max_) return {};
  return Error(ErrorCode::kOverloaded,
               format_count(waiting) + " requests wait for their turn, and no more may. Try again later.");
}

Result<Ticket> Runner::submit(Request request, EventSink sink) {
  JobSpec spec = TUG_TRY(check(std::move(request)));
  const Ticket ticket = spec.ticket;
  spec.delivery = make_delivery(kSinkEvents, std::move(sink), ticket);
  auto job = std::make_unique<Job>(std::move(spec), tokenizer_, stop_tokens_, engine_, courier_);
  const std::lock_guard lock(mutex_);
  TUG_TRY(check_waiting());
  inbox_.jobs.push_back(std::move(job));
  arrived_.notify_one();
  return ticket;
}

Result<Runner::Reading> Runner::submit(Request request, std::shared_ptr<Remembered> remembered) {
  JobSpec spec = TUG_TRY(check(std::move(request)));
  spec.remembered = std::move(remembered);
  spec.delivery = make_delivery(kSessionEvents, nullptr, spec.ticket);
  const Reading reading = {spec.ticket, spec.delivery};
  auto job = std::make_unique<Job>(std::move(spec), tokenizer_, stop_tokens_, engine_, courier_);
  const std::lock_guard lock(mutex_);
  inbox_.jobs.push_back(std::move(job));
  arrived_.notify_one();
  return reading;
}

void Runner::end(Ticket ticket, std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  inbox_.endings.push_back({ticket, std::move(error)});
  arrived_.notify_one();
}

void Runner::run(FunctionRef<void()> work) {
  std::packaged_task<void()> task(work);
  std::future<void> done = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    inbox_.work.push_back(std::move(task));
  }
  arrived_.notify_one();
  done.get();
}

void Runner::wake() {
  const std::lock_guard lock(mutex_);
  inbox_.woken = true;
  arrived_.notify_one();
}

Runner::Inbox Runner::wait_for_work(bool idle) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] {
    return inbox_.stopping || inbox_.woken || !inbox_.jobs.empty() || !inbox_.endings.empty() ||
           !inbox_.work.empty();
  };
  // Who waits for memory may have that of a reader that has stalled.
  if (idle && scheduler_.waiting() > 0) arrived_.wait_for(lock, Job::kPatience, ready);
  else if (idle) arrived_.wait(lock, ready);
  for (auto& job : inbox_.jobs) scheduler_.add(std::move(job));
  inbox_.jobs.clear();
  return std::exchange(inbox_, {});
}

void Runner::loop() {
  for (bool idle = true;;) {
    Inbox inbox = wait_for_work(idle);
    for (auto& task : inbox.work) task();
    for (Ending& ending : inbox.endings) scheduler_.cancel(ending.ticket, std::move(ending.error));
    if (inbox.stopping) break;
    idle = !scheduler_.step();
  }
  scheduler_.cancel_all();
}

}  // namespace tug
