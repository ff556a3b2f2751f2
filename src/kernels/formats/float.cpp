#include "kernels/formats/float.h"

#include <algorithm>

#include "kernels/formats/pack_rows.h"

namespace tug {
namespace {

template <class Panel>
void pack_numbers(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  constexpr int64_t kSize = sizeof(Panel::numbers[0]);
  for (int64_t k = 0; k < cols; ++k) {
    for (int64_t row = 0; row < count; ++row) {
      std::memcpy(panel + (k * kLanes + row) * kSize, rows + (row * cols + k) * kSize, kSize);
    }
  }
}

}  // namespace

void pack_f32(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_numbers<PanelF32>(rows, count, cols, panel);
}
void pack_f16(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_numbers<PanelF16>(rows, count, cols, panel);
}
void pack_bf16(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  pack_numbers<PanelBF16>(rows, count, cols, panel);
}
void pack_f8_e4m3(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  auto* blocks = reinterpret_cast<PanelF8_E4M3*>(panel);
  for (int64_t row = 0; row < count; ++row, rows += cols) {
    for (int64_t k = 0; k < cols; k += 128) {
      PanelF8_E4M3& block = blocks[k / 128];
      block.scales[row] = 256;
      for (int64_t i = 0; i < std::min<int64_t>(128, cols - k); ++i)
        block.numbers[i][row] = static_cast<uint8_t>(rows[k + i]);
    }
  }
}

}  // namespace tug
