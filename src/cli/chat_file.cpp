#include "cli/chat_file.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "base/json.h"

namespace tug {
namespace {

constexpr std::string_view kMagic = "TUGCHAT3";
constexpr uint64_t kTurnsBytesMax = uint64_t{256} << 20;

Json turn_json(const Message& turn) {
  Json calls = Json::array();
  for (const ToolCall& call : turn.tool_calls) {
    calls.push(Json::object({{"name", call.name}, {"arguments", call.arguments}, {"id", call.id}}));
  }
  return Json::object({{"role", turn.role},
                       {"content", turn.content.text()},
                       {"reasoning", turn.reasoning},
                       {"tool_calls", std::move(calls)},
                       {"tool_call_id", turn.tool_call_id},
                       {"name", turn.name}});
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

/// Of a member that older files do not have.
Result<std::string> later_text_of(const Json& object, const char* key) {
  return object.find(key) ? text_of(object, key) : std::string();
}

Result<Message> read_turn(const Json& json) {
  Message turn{TUG_TRY(text_of(json, "role")),
               TUG_TRY(text_of(json, "content")),
               TUG_TRY(text_of(json, "reasoning")),
               {},
               TUG_TRY(later_text_of(json, "tool_call_id")),
               TUG_TRY(later_text_of(json, "name"))};
  for (const Json& call : TUG_TRY(member(json, "tool_calls", Json::Kind::kArray))->items()) {
    turn.tool_calls.push_back({TUG_TRY(text_of(call, "name")), TUG_TRY(text_of(call, "arguments")),
                               TUG_TRY(later_text_of(call, "id"))});
  }
  return turn;
}

uint64_t checksum_of(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

template <class T>
Result<T> read_number(InputFile& from) {
  T value{};
  TUG_TRY(from.read(std::as_writable_bytes(std::span(&value, 1))));
  return value;
}

}  // namespace

Status write_chat_file(const std::string& path, const ChatFile& chat, const Session& session) {
  const std::string text = chat_json(chat).dump();
  const auto size = static_cast<uint64_t>(text.size());
  NewFile file = TUG_TRY(NewFile::create(path));
  TUG_TRY(file.write(kMagic));
  TUG_TRY(file.write(std::as_bytes(std::span(&size, 1))));
  TUG_TRY(file.write(text));
  const uint64_t checksum = checksum_of(text);
  TUG_TRY(file.write(std::as_bytes(std::span(&checksum, 1))));
  TUG_TRY(session.save([&](std::span<const std::byte> bytes) { return file.write(bytes); }));
  return file.commit();
}

Result<ChatFile> read_chat(InputFile& from) {
  std::string magic(kMagic.size(), ' ');
  if (!from.read(std::as_writable_bytes(std::span(magic))).ok() || magic != kMagic)
    return wrong("it does not begin with " + std::string(kMagic));
  const auto size = TUG_TRY(read_number<uint64_t>(from));
  if (size > kTurnsBytesMax) return wrong("its turns are too long");
  std::string text(size, ' ');
  TUG_TRY(from.read(std::as_writable_bytes(std::span(text))));
  if (TUG_TRY(read_number<uint64_t>(from)) != checksum_of(text))
    return wrong("the checksum of its turns is wrong");

  const Json json = TUG_TRY(parse_json(text));
  ChatFile chat;
  chat.model = TUG_TRY(text_of(json, "model"));
  chat.system = TUG_TRY(text_of(json, "system"));
  chat.raw = TUG_TRY(member(json, "raw", Json::Kind::kBool))->as_bool();
  for (const Json& turn : TUG_TRY(member(json, "turns", Json::Kind::kArray))->items()) {
    chat.turns.push_back(TUG_TRY(read_turn(turn)));
  }
  return chat;
}

Status read_state(InputFile& from, Session& session) {
  TUG_TRY(session.restore([&](std::span<std::byte> bytes) { return from.read(bytes); }));
  if (!from.at_end()) return wrong("bytes follow its end");
  return {};
}

}  // namespace tug
