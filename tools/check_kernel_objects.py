#!/usr/bin/env python3
"""No object compiled for an instruction set may define a weak symbol.

    tools/check_kernel_objects.py libtug_kernels.a

The linker keeps one copy of an inline function or template. If that copy came from a file compiled with
-mavx512f, every machine without AVX-512 would stop with an illegal instruction, wherever the function is
called.
"""
import re
import subprocess
import sys


def weak_symbols(archive):
    """Yields (object, symbol) for the weak definitions in objects of instruction sets."""
    listing = subprocess.run(["nm", "-C", "--defined-only", archive], capture_output=True, text=True, check=True)
    member = ""
    for line in listing.stdout.splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
        found = re.match(r"[0-9a-f]* ([VWu]) (.*)", line)
        if found and found[1] in "VWu" and member.startswith("kernels.cpp"):
            yield member, found[2]


def main():
    weak = list(weak_symbols(sys.argv[1]))
    for member, symbol in weak:
        print(f"{member}: {symbol} is a weak symbol; make it static or put it into an anonymous namespace")
    print("kernel objects: " + ("not clean" if weak else "clean"))
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
