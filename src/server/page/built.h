// Written by `make page`.
#pragma once

namespace tug {

inline constexpr const char* kPageTag = R"(W/"3A+Hen9ABHvPHWjSukvdrg")";
inline constexpr const char* kPagePolicy =
    R"(default-src 'none'; script-src 'sha256-+l4RA5UpF9i8a42ts7Qh1ArDqA6MHs6B7rgCXmRnHp8='; style-src 'sha256-ZgBSNMq3FUhJguabZ0qhiMycV9c7oonu3DmYSP7WKRo='; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html)";

}  // namespace tug
