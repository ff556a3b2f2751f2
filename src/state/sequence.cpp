#include "state/sequence.h"

namespace tug {
namespace {

// magic u32, version u32, fingerprint u64, length i64, then for each block with a state: its bytes.
constexpr uint32_t kMagic = 0x53475554;  // "TUGS"
constexpr uint32_t kVersion = 1;

}  // namespace

std::vector<std::byte> save_sequence(const Sequence& sequence, uint64_t fingerprint) {
  ByteWriter to;
  to.write(kMagic);
  to.write(kVersion);
  to.write(fingerprint);
  to.write(sequence.length);
  for (const auto& block : sequence.blocks) {
    if (block) block->save(sequence.length, to);
  }
  return to.take();
}

Status restore_sequence(ByteView bytes, uint64_t fingerprint, Sequence& sequence) {
  ByteReader from(bytes);
  if (TUG_TRY(from.read<uint32_t>()) != kMagic || TUG_TRY(from.read<uint32_t>()) != kVersion) {
    return Error(ErrorCode::kCorrupt, "These bytes are not a saved sequence of this version of Tugboat.");
  }
  if (TUG_TRY(from.read<uint64_t>()) != fingerprint) {
    return Error(ErrorCode::kInvalidArgument, "The saved sequence belongs to another model or backend.");
  }
  const auto length = TUG_TRY(from.read<int64_t>());
  if (length < 0) return Error(ErrorCode::kCorrupt, "The saved sequence has a negative length.");
  if (length > sequence.capacity) {
    return Error(ErrorCode::kContextFull, "The saved sequence has " + std::to_string(length) +
                                              " tokens; the context holds " +
                                              std::to_string(sequence.capacity) + ".");
  }
  for (const auto& block : sequence.blocks) {
    if (block) TUG_TRY(block->restore(length, from));
  }
  if (from.remaining() != 0) return Error(ErrorCode::kCorrupt, "The saved sequence has bytes left over.");
  sequence.length = length;
  return {};
}

}  // namespace tug
