#!/bin/sh
# Installs what the build needs on Debian 12, by apt; says nothing when all is there.
#   tools/setup.sh          compiler, libraries, Rust
#   tools/setup.sh fuzz     clang and libFuzzer as well
set -eu

packages="g++ cmake ninja-build nlohmann-json3-dev libxxhash-dev libboost1.81-dev libcli11-dev libedit-dev libgtest-dev python3 clang-format
  pkg-config git ca-certificates"
[ "$(uname -m)" = x86_64 ] && packages="$packages g++-aarch64-linux-gnu qemu-user"  # the tests of NEON
[ "${1:-}" = fuzz ] && packages="$packages clang libclang-rt-14-dev"
rust_needed="1.87"
suite_list=/etc/apt/sources.list.d/tugboat-security.list

die() { echo "tools/setup.sh: $*" >&2; exit 1; }

as_root() { # root's environment is cleaned by sudo, so the variable is set on the far side
  if [ "$(id -u)" = 0 ]; then env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null; then sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else die "this is not root and there is no sudo; as root, please run: apt-get install$missing"
  fi
}

is_installed() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

has_rust() { # the cargo of rustup lies in ~/.cargo/bin, which a bare shell does not search
  for cargo in $(PATH="$PATH:${HOME:-}/.cargo/bin" command -v cargo || true) "${HOME:-}/.cargo/bin/cargo"; do
    version=$("$cargo" --version 2>/dev/null | cut -d' ' -f2 | cut -d- -f1)
    [ -n "$version" ] || continue
    [ "$(printf '%s\n%s\n' "$rust_needed" "$version" | sort -V | head -n1)" = "$rust_needed" ] && return 0
  done
  return 1
}

# bookworm's own cargo-web is too old, the security suite's is not; a small sources list may lack that suite.
add_security_suite() {
  suite="$(. /etc/os-release; echo "$VERSION_CODENAME")-security"
  lists="/etc/apt/sources.list /etc/apt/sources.list.d"
  # shellcheck disable=SC2086  # two words
  grep -rhsv '^ *#' $lists | grep -q "$suite" && return 0
  # shellcheck disable=SC2086
  mirror=$(grep -rhsv '^ *#' $lists | grep -o 'https\?://[^ ]*/debian\b' | head -n1)
  line="deb ${mirror:-http://deb.debian.org/debian}-security $suite main"
  echo "$line" | as_root tee "$suite_list" >/dev/null
}

command -v dpkg-query >/dev/null || die "not a Debian system; please install $packages, cargo >= $rust_needed"

missing=""
for package in $packages; do is_installed "$package" || missing="$missing $package"; done
has_rust || missing="$missing cargo-web rustc-web"
[ -n "$missing" ] || exit 0

echo "Installing by apt:$missing"
case "$missing" in *cargo-web*) add_security_suite ;; esac
as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of words
as_root apt-get install -y -qq --no-install-recommends $missing
has_rust || die "apt has no cargo >= $rust_needed; please install Rust from https://rustup.rs and try again"
