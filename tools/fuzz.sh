#!/bin/sh
# Runs every fuzz target of a build folder for some seconds: tools/fuzz.sh build/fuzz 60
# Seeds come from tests/fuzz/seeds/<name>/; logs, the grown corpus and any crash stay in the build folder.
set -eu
build=$(realpath "$1")
seconds=$2
cd "$(dirname "$0")/.."

found=0
for target in "$build"/tests/fuzz/*_fuzz; do
  [ -x "$target" ] || continue
  found=1
  name=$(basename "$target" _fuzz)
  corpus="$build/corpus/$name"
  log="$build/$name.log"
  seeds="tests/fuzz/seeds/$name"
  mkdir -p "$corpus"
  [ -d "$seeds" ] || seeds=""
  # shellcheck disable=SC2086  # no seeds, no word
  if "$target" -max_total_time="$seconds" -rss_limit_mb=512 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$build/$name-" "$corpus" $seeds > "$log" 2>&1; then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, no crash"
  else
    tail -n 40 "$log"
    echo "$name: FAILED; the input is $(ls -t "$build/$name"-* | head -n1)"
    exit 1
  fi
done
[ "$found" = 1 ] || { echo "no fuzz target in $build/tests/fuzz" >&2; exit 1; }
