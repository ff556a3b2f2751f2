#!/usr/bin/env python3
"""Checks the style rules of CONTRIBUTING.md that a machine can check.

Sources: line width, tabs and trailing blanks, file and function length, `#pragma once`, no output, exit or
environment below the API line, clang-format. Build files: no flags that change the arithmetic.
Everywhere: no unfinished marks.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

COLUMNS = 110
LONG_TEXT = re.compile(r'"[^"]{40}|\br"|R"\(')  # a break inside a text would hide what it says
FILE_LINES = 600
FUNCTION_LINES = 70
LONG_FUNCTION_LINES = 150  # kernels are unrolled by hand, tests tell a story

CPP = (".h", ".cpp", ".c")
CODE = CPP + (".def", ".rs", ".py", ".sh")
BUILD = ("CMakeLists.txt", "CMakePresets.json", "Makefile", ".cmake")

FORBIDDEN_FLAGS = re.compile("-march=" + "native|-ffast-" + "math")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b|^\s*#\s*if 0\b")
SIDE_EFFECT = re.compile(r"std::(cout|cerr|clog)\b|\b(getenv|printf|fprintf|puts|exit|_exit|abort)\s*\(")
MAY_HAVE_SIDE_EFFECTS = ("src/cli/", "src/base/check.h", "tests/")  # check.h ends on our own mistakes

LITERALS = re.compile(
    r"""
      R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"      # raw string
    | //[^\n]*                                # comments
    | /\*.*?\*/
    | "(?:\\.|[^"\\\n])*"                     # string
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'     # character; not the ' inside 1'000
    """,
    re.DOTALL | re.VERBOSE,
)
CONTAINER = re.compile(
    r"^\s*(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b", re.DOTALL
)


def files_of(root):
    """The files of the house, by path; the demo model's recipe keeps its own style."""
    for top in ("include", "src", "tests", "tools", "cmake"):
        yield from (p for p in sorted((root / top).rglob("*")) if p.is_file() and "target" not in p.parts)
    yield from (root / name for name in BUILD if (root / name).is_file())


def blank_literals(text):
    """The same text without comments and literals, every newline kept."""
    return LITERALS.sub(lambda m: "\n" * m.group().count("\n"), text)


def functions(text):
    """Yields (first line, lines) of every function body; a brace counter that knows containers by keyword."""
    code = blank_literals(text)
    code = re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group().count("\n"), code, flags=re.MULTILINE
    )
    stack, head_start, line = [], 0, 1
    for position, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == "{":
            head = re.sub(r"operator\s*(\(\)|[^\w\s(]+)", "operator", code[head_start:position])
            outside = all(kind == "container" for kind, _ in stack)
            is_container = CONTAINER.match(head) and ("(" not in head or "alignas" in head)
            is_function = outside and "(" in head and "=" not in head.split("(")[0]
            stack.append(("container" if is_container else "function" if is_function else "block", line))
            head_start = position + 1
        elif char == "}" and stack:
            kind, first = stack.pop()
            if kind == "function":
                yield first, line - first + 1
            head_start = position + 1
        elif char == ";":
            head_start = position + 1


def check_code(text, report):
    lines = text.split("\n")
    if len(lines) - 1 > FILE_LINES:
        report(len(lines), f"the file has {len(lines) - 1} lines, at most {FILE_LINES} are allowed")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and not LONG_TEXT.search(line):
            report(number, f"{len(line)} columns, at most {COLUMNS} are allowed")
        if "\t" in line:
            report(number, "tab")
        if line != line.rstrip():
            report(number, "blanks at the end of the line")
    if text and not text.endswith("\n"):
        report(len(lines), "no newline at the end of the file")


def check_cpp(name, text, report):
    limit = LONG_FUNCTION_LINES if name.startswith(("src/kernels/", "tests/")) else FUNCTION_LINES
    for first, count in functions(text):
        if count > limit:
            report(first, f"the function has {count} lines, at most {limit} are allowed")
    code = blank_literals(text)
    if name.endswith(".h") and not code.lstrip().startswith("#pragma once"):
        report(1, "a header starts with #pragma once")
    if not name.startswith(MAY_HAVE_SIDE_EFFECTS):
        for number, line in enumerate(code.split("\n"), 1):
            if SIDE_EFFECT.search(line):
                report(number, "below the API line nothing prints, exits or reads the environment")


def check_format(root, paths):
    """clang-format's own complaints; nothing where it is not installed."""
    if not paths or not (root / ".clang-format").exists() or not shutil.which("clang-format"):
        return []
    command = ["clang-format", "--dry-run", "--Werror", *map(str, paths)]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    unformatted = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", result.stderr, re.MULTILINE)))
    return [f"{pathlib.Path(p)}: not as .clang-format wants it; run make format" for p in unformatted]


def check(root):
    errors, cpp_paths = [], []
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        is_code, is_build = path.suffix in CODE, name.endswith(BUILD)
        if not is_code and not is_build:
            continue
        text = path.read_text(encoding="utf-8")

        def report(line, message, name=name):
            errors.append(f"{name}:{line}: {message}")

        for number, line in enumerate(text.split("\n"), 1):
            if UNFINISHED.search(line):
                report(number, "unfinished work is an issue, not a comment")
            if is_build and FORBIDDEN_FLAGS.search(line.split("#")[0]):
                report(number, "this flag changes results from one machine to the next")
        if is_code:
            check_code(text, report)
        if path.suffix in CPP:
            check_cpp(name, text, report)
            cpp_paths.append(path.relative_to(root))
    return errors + check_format(root, cpp_paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    errors = check(parser.parse_args().root)
    print("\n".join(errors) if errors else "style: clean")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
