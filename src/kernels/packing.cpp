#include "kernels/packing.h"

#include <array>
#include <cstring>

#include "base/check.h"
#include "kernels/formats.def"

namespace tug {

#define TUG_PANEL(type, name, Panel, form) \
  void pack_##name(const std::byte* rows, int64_t count, int64_t cols, std::byte* panel);
#include "kernels/formats.def"
#undef TUG_PANEL

namespace {

using Pack = decltype(PanelFormat::pack);

template <class Panel>
constexpr PanelFormat format_of(Form form, Pack pack, DotFloats Kernels::*dot) {
  return {form, Panel::kColumns, sizeof(Panel), pack, dot, nullptr};
}
template <class Panel>
constexpr PanelFormat format_of(Form form, Pack pack, DotCodes Kernels::*dot) {
  return {form, Panel::kColumns, sizeof(Panel), pack, nullptr, dot};
}

constexpr std::array<PanelFormat, kTypePlaces> kFormats = [] {
  std::array<PanelFormat, kTypePlaces> formats;
#define TUG_PANEL(type, name, Panel, form) \
  formats[place_of(Type::type)] = format_of<Panel>(form, pack_##name, &Kernels::dot_##name);
#include "kernels/formats.def"
#undef TUG_PANEL
  return formats;
}();

}  // namespace

const PanelFormat& panel_format(Type type) { return kFormats[place_of(type)]; }

int64_t panel_bytes(Type type, int64_t cols) {
  const PanelFormat& format = panel_format(type);
  return (cols + format.columns - 1) / format.columns * format.bytes;
}

void pack_panel(Type type, const std::byte* rows, int64_t count, int64_t cols, std::byte* panel) {
  const PanelFormat& format = panel_format(type);
  TUG_CHECK(count >= 1 && count <= kLanes);
  if (count < kLanes) std::memset(panel, 0, static_cast<size_t>(panel_bytes(type, cols)));
  format.pack(rows, count, cols, panel);
}

}  // namespace tug
