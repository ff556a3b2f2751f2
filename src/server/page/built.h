// Written by `make page`.
#pragma once

namespace tug {

inline constexpr const char* kPageTag = R"(W/"B9T0DGKro9qPcwWAgvH7Xt")";
inline constexpr const char* kPagePolicy =
    R"(default-src 'none'; script-src 'sha256-iavYiM59ipwgMOLfT0TqqD1WxNiogcmA6Htmp+NE7A0='; style-src 'sha256-ZgBSNMq3FUhJguabZ0qhiMycV9c7oonu3DmYSP7WKRo='; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html)";

}  // namespace tug
