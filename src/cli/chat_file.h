// A saved chat.
//
//   8 bytes   "TUGCHAT1"
//   u64       length of the turns, then the turns as JSON
//   u64       length of the state, then the session's state
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tugboat/result.h"
#include "tugboat/types.h"

namespace tug {

struct ChatFile {
  std::string model;  // its name
  std::string system;
  bool raw = false;
  std::vector<Message> turns;
  std::vector<std::byte> state;
};

/// Errors: kIo, kInvalidArgument; then there is no new file, and an old one is as it was.
Status write_chat_file(const std::string& path, const ChatFile& chat);

/// Errors: kNotFound, kIo, kCorrupt.
Result<ChatFile> read_chat_file(const std::string& path);

}  // namespace tug
