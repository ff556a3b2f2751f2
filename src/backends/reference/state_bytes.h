// Float arrays of a saved state.
#pragma once

#include "backends/reference/maths.h"
#include "base/bytes.h"

namespace tug::reference {

inline void save_floats(const Floats& values, ByteWriter& to) {
  to.append(values.data(), values.size() * sizeof(float));
}

inline Result<Floats> restore_floats(int64_t count, ByteReader& from) {
  const ByteView bytes = TUG_TRY(from.take(static_cast<uint64_t>(count) * sizeof(float)));
  Floats values(static_cast<size_t>(count));
  if (count > 0) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace tug::reference
