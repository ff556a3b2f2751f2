#!/usr/bin/env python3
"""Checks that the sources keep the layers which the root CMakeLists.txt declares.

The tug_module() rows are the only list. A module may include its own headers, those of the modules that
it USES (and what they use), and the public ones in include/tugboat. USES may only name modules above its
own row. Programs stand above the API line: public headers, base and their own folder. Heavy headers stay
in a few files, the operating system's in platform.
"""

import argparse
import collections
import pathlib
import re
import sys

ROW = re.compile(r"^tug_(module|program)\(([^)]*)\)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Headers that cost seconds per file: at most this many files may include them.
HEAVY = {"nlohmann/": 3, "CLI/": 3, "histedit.h": 3, "boost/": 4}

# The operating system is behind platform; a program may ask about its own terminal.
SYSTEM = re.compile(r"(sys/.*|unistd\.h|fcntl\.h|pthread\.h|sched\.h|dlfcn\.h|poll\.h|signal\.h)")
SYSTEM_FOLDERS = {"platform"}


def read_rows(cmake, errors):
    """Returns ({module: modules it may include}, {program folder: headers of modules that it may include})."""
    allowed, programs = {}, {}
    for kind, text in ROW.findall(cmake):
        words = text.split()
        uses = words[words.index("USES") + 1 :] if "USES" in words else []
        if kind == "program":
            programs[words[1]] = {f"{used}/{used}.h" for used in uses}  # a module's one header for programs
            continue
        name = words[0]
        allowed[name] = {name}
        for used in uses:
            if used in allowed:
                allowed[name] |= allowed[used]
            else:
                errors.append(f"CMakeLists.txt: module {name} USES {used}, which is not above it in the list")
    return allowed, programs


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".h", ".cpp", ".c"))


def includes(path):
    """Yields (line number, is quoted, header)."""
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(1) == '"', match.group(2)


def check(root):
    errors = []
    allowed, programs = read_rows((root / "CMakeLists.txt").read_text(encoding="utf-8"), errors)
    if not allowed:
        return ["CMakeLists.txt: no tug_module() row was found"]
    folders = {"include": set(), **allowed, **{program: {"base", program} for program in programs}}
    heavy = collections.defaultdict(set)
    for path in sources(root / "include") + sources(root / "src"):
        relative = path.relative_to(root)
        folder = "include" if relative.parts[0] == "include" else relative.parts[1]
        if folder not in folders:
            errors.append(f"{relative}: folder src/{folder} has no tug_module() row in CMakeLists.txt")
            continue
        for line, quoted, header in includes(path):
            top = header.split("/")[0]
            if not quoted and SYSTEM.fullmatch(header) and folder not in SYSTEM_FOLDERS | set(programs):
                errors.append(f"{relative}:{line}: <{header}> belongs in src/platform")
            for prefix in HEAVY:
                if header.startswith(prefix):
                    heavy[prefix].add(str(relative))
            if header in programs.get(folder, ()):
                continue
            if quoted and top != "tugboat" and top not in folders[folder]:
                known = top in folders
                why = (
                    f"{folder} may not use {top}"
                    if known
                    else "project headers are named from src/ or include/"
                )
                errors.append(f'{relative}:{line}: #include "{header}": {why}')
    for prefix, files in heavy.items():
        if len(files) > HEAVY[prefix]:
            errors.append(
                f"{prefix}: {len(files)} files include it, at most {HEAVY[prefix]} may: {sorted(files)}"
            )
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    errors = check(parser.parse_args().root)
    print("\n".join(errors) if errors else "layers: in order")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
