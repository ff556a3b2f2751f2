#include "engine/scheduler.h"

#include <algorithm>
#include <numeric>

namespace tug {
namespace {

/// Who wants no more is served beside a long pass.
constexpr int64_t kFewRows = 32;

Error out_of_memory() {
  return Error(ErrorCode::kOutOfMemory, "The memory of this machine ran out while the answer was made.");
}

/// What goes wrong in one request's own work is that request's error.
template <class Work>
void guarded(Job& job, Work work) try {
  work();
} catch (const std::bad_alloc&) {
  job.fail(out_of_memory());
} catch (const std::exception& thrown) {
  job.fail(Error(ErrorCode::kInternal, std::string("The request failed: ") + thrown.what() + "."));
}

void insert(std::deque<std::unique_ptr<Job>>& jobs, std::unique_ptr<Job> job) {
  const auto later = std::find_if(jobs.begin(), jobs.end(),
                                  [&](const auto& other) { return other->ticket() > job->ticket(); });
  jobs.insert(later, std::move(job));
}

}  // namespace

std::vector<int64_t> share_rows(std::span<const int64_t> wanted, int64_t rows_max) {
  std::vector<size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return wanted[a] < wanted[b]; });
  std::vector<int64_t> given(wanted.size());
  const auto give = [&](size_t to, int64_t most) {
    const int64_t more = std::min({wanted[to] - given[to], most, rows_max});
    given[to] += more;
    rows_max -= more;
  };
  size_t large = 0;  // the first that wants more than its share
  for (auto sharers = static_cast<int64_t>(order.size());
       large < order.size() && wanted[order[large]] <= rows_max / sharers; ++large, --sharers) {
    give(order[large], rows_max);
  }
  if (large == order.size()) return given;
  give(*std::min_element(order.begin() + static_cast<std::ptrdiff_t>(large), order.end()),
       (rows_max + 1) / 2);
  for (; large < order.size(); ++large) give(order[large], rows_max);
  return given;
}

void Scheduler::cancel(Ticket ticket, std::optional<Error> error) {
  for (Jobs* jobs : {&waiting_, &active_}) {
    for (const auto& job : *jobs) {
      if (job->ticket() != ticket) continue;
      job->generation().finish(FinishReason::kCancelled);
      if (error) job->fail(*std::move(error));
      return end_done(*jobs);
    }
  }
}

void Scheduler::cancel_all() {
  drop(long_);
  for (Jobs* jobs : {&waiting_, &active_}) {
    for (const auto& job : *jobs) job->generation().finish(FinishReason::kCancelled);
    end_done(*jobs);
  }
}

void Scheduler::end_done(Jobs& jobs) {
  drop_unwanted();
  const auto over = [](const auto& job) { return job->done() && !job->in_pass(); };
  for (const auto& job : jobs) {
    if (over(job)) job->end(cache_);
  }
  std::erase_if(jobs, over);
}

void Scheduler::add(std::unique_ptr<Job> job) {
  insert(waiting_, std::move(job));
  ++waiting_count_;
}

void Scheduler::admit() {
  while (admit_next()) {
  }
  waiting_count_ = static_cast<int64_t>(waiting_.size());
}

/// Those whose readers are behind do not count: they stand in nobody's way.
bool Scheduler::admit_next() {
  const auto paused = [](const auto& job) { return job->paused(); };
  const auto next = std::find_if_not(waiting_.begin(), waiting_.end(), paused);
  const auto working =
      static_cast<int64_t>(active_.size()) - std::count_if(active_.begin(), active_.end(), paused);
  if (next == waiting_.end() || working >= engine_.options().rows_max) return false;
  (*next)->recall(cache_);
  Status room = (*next)->reserve();
  while (!room.ok() && (cache_.drop_one() || park_stalled())) room = (*next)->reserve();
  if (!room.ok() && !active_.empty()) {
    (*next)->let_go();
    return false;
  }
  std::unique_ptr<Job> job = std::move(*next);
  waiting_.erase(next);
  if (room.ok()) guarded(*job, [&] { job->take_up(); });
  else job->run_out(std::move(room).error());
  insert(active_, std::move(job));
  return true;
}

void Scheduler::park(Jobs::iterator which) {
  (*which)->park();
  insert(waiting_, std::move(*which));
  active_.erase(which);
}

bool Scheduler::park_stalled() {
  const auto stalled = std::find_if(active_.begin(), active_.end(),
                                    [](const auto& job) { return job->stalled() && !job->in_pass(); });
  if (stalled == active_.end()) return false;
  park(stalled);
  return true;
}

/// For the next token of everybody at work.
void Scheduler::make_room() {
  for (size_t i = 0; i < active_.size();) {
    if (active_[i]->done() || active_[i]->in_pass()) {
      ++i;
      continue;
    }
    active_[i]->recall(cache_);
    Status room = active_[i]->reserve();
    if (room.ok()) {
      ++i;
    } else if (cache_.drop_one()) {
      continue;
    } else if (active_.size() == 1) {
      active_[i]->run_out(std::move(room).error());
    } else {
      const auto youngest =
          std::find_if_not(active_.rbegin(), active_.rend(), [](const auto& job) { return job->in_pass(); });
      park(std::prev(youngest.base()));
    }
  }
}

void Scheduler::make_room(int64_t bytes) {
  while (engine_.sequences_limit() - engine_.sequences_bytes() < bytes && cache_.drop_one()) {
  }
}

void Scheduler::choose(Flight& flight, bool few) {
  if (flight.pass) return;
  flight.rows.clear();
  flight.shares.clear();
  std::vector<int64_t> wanted;
  for (const auto& job : active_) {
    const int64_t count = job->in_pass() ? 0 : job->rows_wanted();
    if (count == 0 || few != (count <= kFewRows)) continue;
    flight.shares.push_back({job.get(), 0, 0});
    wanted.push_back(count);
  }
  const std::vector<int64_t> given = share_rows(wanted, engine_.options().rows_max);
  for (size_t i = 0; i < flight.shares.size(); ++i) {
    Share& share = flight.shares[i];
    share.first = flight.rows.size();
    share.job->generation().next_rows(share.job->sequence(), given[i], flight.rows);
    share.count = flight.rows.size() - share.first;
  }
  std::erase_if(flight.shares, [](const Share& share) { return share.count == 0; });
}

/// False: there is no memory for a pass beside the other one.
bool Scheduler::begin(Flight& flight) {
  auto pass = engine_.begin(flight.rows);
  const bool other = (&flight == &long_ ? short_ : long_).pass.has_value();
  if (!pass.ok() && other) return false;
  if (pass.ok()) flight.pass.emplace(std::move(pass).value());
  for (const Share& share : flight.shares) {
    if (flight.pass) share.job->set_in_pass(true);
    else share.job->fail(pass.error());
  }
  return true;
}

void Scheduler::run(Flight& flight, int64_t blocks) {
  if (!flight.pass && !begin(flight)) return run(long_, 1);
  if (!flight.pass) return;
  engine_.advance(*flight.pass, blocks);
  if (flight.pass->done()) finish(flight);
}

void Scheduler::finish(Flight& flight) {
  size_t next = 0;
  engine_.finish(*flight.pass, [&](size_t row, std::span<float> logits) {
    while (row >= flight.shares[next].first + flight.shares[next].count) ++next;
    Job& job = *flight.shares[next].job;
    if (job.done()) return;  // cancelled on the way
    guarded(job, [&] {
      if (Status status = job.generation().take_logits(logits); !status.ok())
        job.fail(std::move(status).error());
    });
  });
  for (const Share& share : flight.shares) {
    for (size_t row = share.first; row < share.first + share.count; ++row) {
      if (const Error* error = flight.pass->error(row)) share.job->fail(*error);
    }
    share.job->set_in_pass(false);
    guarded(*share.job, [&] {
      share.job->report(share.count);
      share.job->keep(cache_);
    });
  }
  flight.pass.reset();
}

void Scheduler::drop(Flight& flight) {
  if (!flight.pass) return;  // nor are its shares of jobs that live
  flight.pass.reset();
  for (const Share& share : flight.shares) share.job->set_in_pass(false);
}

/// A pass that nobody waits for any more goes no further.
void Scheduler::drop_unwanted() {
  const auto done = [](const Share& share) { return share.job->done() && share.job->can_be_dropped(); };
  if (long_.pass && std::ranges::all_of(long_.shares, done)) drop(long_);
}

bool Scheduler::step() try {
  using Clock = std::chrono::steady_clock;
  admit();
  make_room();
  choose(short_, true);
  choose(long_, false);
  const Lanes::Turn turn = lanes_.next(long_.pass || !long_.rows.empty(), !short_.rows.empty());
  const Clock::time_point start = Clock::now();
  if (turn == Lanes::Turn::kShort) run(short_, INT64_MAX);
  if (turn == Lanes::Turn::kLong) run(long_, 1);
  lanes_.spent(turn, std::chrono::duration<double>(Clock::now() - start).count());
  end_done(active_);
  return turn != Lanes::Turn::kNone;
} catch (const std::bad_alloc&) {
  // Nobody knows how far the step came: all that are at work end.
  for (const auto& job : active_) job->fail(out_of_memory());
  drop(long_);
  drop(short_);
  end_done(active_);
  return true;
}

}  // namespace tug
