#include "cli/chat_file.h"

#include "base/bytes.h"
#include "base/json.h"
#include "cli/files.h"

namespace tug {
namespace {

constexpr std::string_view kMagic = "TUGCHAT1";
constexpr int64_t kFileBytesMax = int64_t{64} << 30;

Json turn_json(const Message& turn) {
  Json calls = Json::array();
  for (const ToolCall& call : turn.tool_calls) {
    calls.push(Json::object({{"name", call.name}, {"arguments", call.arguments}}));
  }
  return Json::object({{"role", turn.role},
                       {"content", turn.content.text()},
                       {"reasoning", turn.reasoning},
                       {"tool_calls", std::move(calls)}});
}

Json chat_json(const ChatFile& chat) {
  Json turns = Json::array();
  for (const Message& turn : chat.turns) turns.push(turn_json(turn));
  return Json::object(
      {{"model", chat.model}, {"system", chat.system}, {"raw", chat.raw}, {"turns", std::move(turns)}});
}

Error wrong(const std::string& what) {
  return Error(ErrorCode::kCorrupt, "This is not a chat that Tugboat has saved: " + what + ".");
}

Result<const Json*> member(const Json& object, const char* key, Json::Kind kind) {
  const Json* value = object.find(key);
  if (!value || value->kind() != kind)
    return wrong(std::string("\"") + key + "\" is missing or of another kind");
  return value;
}

Result<std::string> text_of(const Json& object, const char* key) {
  return TUG_TRY(member(object, key, Json::Kind::kString))->as_string();
}

Result<Message> read_turn(const Json& json) {
  Message turn{TUG_TRY(text_of(json, "role")),
               TUG_TRY(text_of(json, "content")),
               TUG_TRY(text_of(json, "reasoning")),
               {}};
  for (const Json& call : TUG_TRY(member(json, "tool_calls", Json::Kind::kArray))->items()) {
    turn.tool_calls.push_back({TUG_TRY(text_of(call, "name")), TUG_TRY(text_of(call, "arguments"))});
  }
  return turn;
}

Result<ChatFile> read_chat(ByteReader from) {
  const ByteView magic = TUG_TRY(from.take(kMagic.size()));
  if (std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0)
    return wrong("it does not begin with TUGCHAT1");
  const ByteView text = TUG_TRY(from.take(TUG_TRY(from.read<uint64_t>())));
  const ByteView state = TUG_TRY(from.take(TUG_TRY(from.read<uint64_t>())));
  if (from.remaining() != 0) return wrong("bytes follow its end");

  const Json json = TUG_TRY(parse_json({reinterpret_cast<const char*>(text.data()), text.size()}));
  ChatFile chat;
  chat.model = TUG_TRY(text_of(json, "model"));
  chat.system = TUG_TRY(text_of(json, "system"));
  chat.raw = TUG_TRY(member(json, "raw", Json::Kind::kBool))->as_bool();
  for (const Json& turn : TUG_TRY(member(json, "turns", Json::Kind::kArray))->items()) {
    chat.turns.push_back(TUG_TRY(read_turn(turn)));
  }
  chat.state.assign(state.begin(), state.end());
  return chat;
}

void append(ByteWriter& to, const void* data, size_t size) {
  to.write(static_cast<uint64_t>(size));
  to.append(data, size);
}

}  // namespace

Status write_chat_file(const std::string& path, const ChatFile& chat) {
  const std::string text = chat_json(chat).dump();
  ByteWriter to;
  to.append(kMagic.data(), kMagic.size());
  append(to, text.data(), text.size());
  append(to, chat.state.data(), chat.state.size());
  NewFile file = TUG_TRY(NewFile::create(path));
  TUG_TRY(file.write(to.take()));
  return file.commit();
}

Result<ChatFile> read_chat_file(const std::string& path) {
  const std::string bytes = TUG_TRY(read_input(path, kFileBytesMax));
  return read_chat(ByteReader(as_bytes(bytes))).in(path);
}

}  // namespace tug
