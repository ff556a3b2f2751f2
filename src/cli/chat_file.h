// A saved chat.
//
//   8 bytes   "TUGCHAT3"
//   u64       length of the turns, then the turns as JSON
//   u64       checksum of the turns (XXH3, 64 bits)
//   the session's state, to the end; it has a checksum of its own
#pragma once

#include <string>
#include <vector>

#include "cli/files.h"
#include "tugboat/model.h"

namespace tug {

struct ChatFile {
  std::string model;  // its name
  std::string system;
  bool raw = false;
  std::vector<Message> turns;
};

/// Errors: kIo, kInvalidArgument, those of the session; then there is no new file, and an old one is as it
/// was.
Status write_chat_file(const std::string& path, const ChatFile& chat, const Session& session);

/// The turns; the state is what is left to be read. Errors: kIo, kCorrupt.
Result<ChatFile> read_chat(InputFile& from);

/// Reads the state into the session, to the end of the file. Errors: those of Session::restore; kCorrupt when
/// bytes follow.
Status read_state(InputFile& from, Session& session);

}  // namespace tug
