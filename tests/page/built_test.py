#!/usr/bin/env python3
"""The committed page is what its sources make, and their own tests pass; skipped where npm cannot install them."""

import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ("src/server/page/index.html", "src/server/page/built.h")


def main():
    npm = shutil.which("npm")
    if not npm:
        return SKIPPED
    copy = pathlib.Path(sys.argv[1]) / "page_built"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "web", copy / "web", ignore=shutil.ignore_patterns("node_modules", "dist"))
    (copy / "src/server/page").mkdir(parents=True)
    web = copy / "web"
    install = [npm, "ci", "--silent", "--fetch-retries=0", "--fetch-timeout=20000"]
    try:
        if subprocess.run(install, cwd=web, check=False, timeout=120).returncode != 0:
            return SKIPPED
    except subprocess.TimeoutExpired:
        return SKIPPED
    for verb in ("build", "test"):
        subprocess.run([npm, "run", "--silent", verb], cwd=web, check=True)
    for name in BUILT:
        if (copy / name).read_bytes() != (ROOT / name).read_bytes():
            print(f"{name} is not what web/ makes; run make page.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
