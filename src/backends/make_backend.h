// The list of backends.
#pragma once

#include <memory>
#include <string_view>

#include "backends/backend.h"
#include "platform/cpu.h"
#include "platform/thread_pool.h"

namespace tug {

/// "cpu" or "reference", which always caches in F32. The pool must outlive the backend. Errors:
/// kInvalidArgument for another name.
Result<std::unique_ptr<Backend>> make_backend(std::string_view name, Isa isa, KvType kv, ThreadPool& pool);

}  // namespace tug
