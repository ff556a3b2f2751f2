#include "kernels/formats/float.h"

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

}  // namespace tug
