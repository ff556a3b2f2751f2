// The folders in which Hugging Face's library keeps what it has downloaded:
//   models--Qwen--Qwen3-0.6B/{blobs, refs/main, snapshots/<commit>/config.json, ...}
#pragma once

#include <string>

#include "tugboat/result.h"

namespace tug {

/// The directory with the model's files: for a cache folder, or its `snapshots`, the snapshot that refs/main
/// names, else the newest one; for any other directory itself. Errors: kNotFound when there is no snapshot.
Result<std::string> resolve_hub_cache(const std::string& directory);

/// "Qwen3-0.6B" for a snapshot in a cache folder; empty for other directories.
std::string hub_model_name(const std::string& directory);

}  // namespace tug
