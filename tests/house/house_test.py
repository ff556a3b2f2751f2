#!/usr/bin/env python3
"""The house's own tools must find what they look for: each test plants one violation in a small tree."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CMAKE = """tug_module(base)
tug_module(files USES base)
tug_module(api USES files)
tug_program(tug cli USES api)
"""


def write_tree(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class CheckTest(unittest.TestCase):
    """Runs tools/<tool> on a tree of files."""

    tool = ""

    def run_check(self, files, cmake):
        with tempfile.TemporaryDirectory() as folder:
            write_tree(folder, {"CMakeLists.txt": cmake, **files})
            command = [sys.executable, ROOT / "tools" / self.tool, "--root", folder]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            return result.returncode, result.stdout + result.stderr

    def assert_clean(self, files, cmake=CMAKE):
        code, output = self.run_check(files, cmake)
        self.assertEqual(0, code, output)

    def assert_found(self, message, files, cmake=CMAKE):
        code, output = self.run_check(files, cmake)
        self.assertEqual(1, code, output)
        self.assertIn(message, output)


class Layers(CheckTest):
    tool = "check_layers.py"

    def test_downward_is_allowed(self):
        api = '#include "base/b.h"\n#include "files/f.h"\n#include "tugboat/t.h"\n'
        cli = '#include "base/b.h"\n#include "tugboat/t.h"\n#include <unistd.h>\n'
        self.assert_clean({"src/api/a.cpp": api, "src/cli/main.cpp": cli})

    def test_upward_include(self):
        self.assert_found("src/base/b.h:2: ", {"src/base/b.h": '#pragma once\n#include "files/f.h"\n'})

    def test_program_below_the_api_line(self):
        self.assert_found("cli may not use api", {"src/cli/main.cpp": '#include "api/a.h"\n'})

    def test_public_header_with_private_include(self):
        self.assert_found("include may not use base", {"include/tugboat/t.h": '#include "base/b.h"\n'})

    def test_relative_include(self):
        self.assert_found("named from src/", {"src/base/b.cpp": '#include "b.h"\n'})

    def test_folder_without_row(self):
        self.assert_found("no tug_module() row", {"src/attic/a.cpp": "\n"})

    def test_row_that_uses_a_later_one(self):
        self.assert_found("not above it", {}, cmake="tug_module(base USES files)\ntug_module(files)\n")

    def test_heavy_header_in_too_many_files(self):
        files = {f"src/base/{i}.cpp": "#include <nlohmann/json.hpp>\n" for i in range(4)}
        self.assert_found("nlohmann/: 4 files", files)

    def test_operating_system_outside_platform(self):
        self.assert_found("belongs in src/platform", {"src/files/f.cpp": "#include <sys/mman.h>\n"})


class Style(CheckTest):
    tool = "check_style.py"

    @staticmethod
    def header(body):
        return {"src/base/a.h": "#pragma once\n" + body}

    def test_comments_and_strings_are_not_code(self):
        body = '// exit(1) and {\nconst char* kText = "exit(1) {";\nconst char* kRaw = R"(getenv(" {)";\n'
        self.assert_clean(self.header(body))

    def test_line_width(self):
        self.assert_clean(self.header("/" * 110 + "\n"))
        self.assert_found("src/base/a.h:2: 111 columns", self.header("/" * 111 + "\n"))

    def test_blanks(self):
        self.assert_found("a.h:2: tab", self.header("int\tx;\n"))
        self.assert_found("a.h:2: blanks", self.header("int x; \n"))
        self.assert_found("no newline", self.header("int x;"))

    def test_file_length(self):
        self.assert_clean(self.header("int x;\n" * 599))
        self.assert_found("601 lines", self.header("int x;\n" * 600))

    def test_function_length(self):
        places = [
            "%s",
            "namespace tug {\nclass A : public B {\n public:\n%s};\n}  // namespace tug\n",
            'extern "C" {\n%s}\n',
        ]
        for place in places:
            for lines, is_clean in ((70, True), (71, False)):
                body = "  if (a) { b(); }\n" * (lines - 2)
                files = self.header(place % f"bool operator==(const A& a) const noexcept {{\n{body}}}\n")
                if is_clean:
                    self.assert_clean(files)
                else:
                    self.assert_found(f"the function has {lines} lines", files)

    def test_long_class_is_no_function(self):
        self.assert_clean(self.header("struct alignas(64) A {\n" + "  int x;\n" * 100 + "};\n"))

    def test_pragma_once(self):
        self.assert_clean({"src/base/a.h": "// What it is.\n#pragma once\n"})
        self.assert_found("#pragma once", {"src/base/a.h": "#include <string>\n#pragma once\n"})

    def test_side_effects_below_the_api_line(self):
        for call in ('getenv("A")', "std::cout << 1", 'printf("a")', "exit(1)"):
            body = f"void f() {{ {call}; }}\n"
            self.assert_found("a.h:2: below the API line", self.header(body))
            self.assert_clean({"src/cli/main.cpp": body, "tests/base/a_test.cpp": body})

    def test_unfinished_marks(self):
        self.assert_found("unfinished", self.header("// TO" + "DO: later\n"))
        self.assert_found("unfinished", self.header("#if " + "0\n#endif\n"))

    def test_flags_that_change_results(self):
        self.assert_found("this flag", {}, cmake="add_compile_options(-ffast-" + "math)\n")

    def test_clang_format(self):
        files = {".clang-format": "BasedOnStyle: Google\n", **self.header("int   x;\n")}
        if subprocess.run(["which", "clang-format"], capture_output=True, check=False).returncode == 0:
            self.assert_found("src/base/a.h: not as .clang-format", files)


class Setup(unittest.TestCase):
    """tools/setup.sh among stand-ins for apt and dpkg that write down how they were called."""

    STANDINS = {
        "dpkg-query": 'case " $ABSENT " in *" $3 "*) exit 1 ;; *) echo installed ;; esac\n',
        "apt-get": 'echo "apt-get $*" >> "$LOG"\n',
        "id": "echo 0\n",
        "cargo": "echo cargo 1.99.0\n",
    }

    def run_setup(self, *arguments, absent=""):
        with tempfile.TemporaryDirectory() as folder:
            write_tree(folder, {name: "#!/bin/sh\n" + body for name, body in self.STANDINS.items()})
            for name in self.STANDINS:
                pathlib.Path(folder, name).chmod(0o755)
            log = pathlib.Path(folder, "log")
            environment = {"PATH": f"{folder}:{os.environ['PATH']}", "ABSENT": absent, "LOG": str(log)}
            command = [ROOT / "tools/setup.sh", *arguments]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(0, result.returncode, result.stderr)
            return result.stdout, log.read_text().splitlines() if log.exists() else []

    def test_nothing_is_missing(self):
        self.assertEqual(("", []), self.run_setup())

    def test_only_what_is_missing_is_installed(self):
        _, calls = self.run_setup(absent="cmake libedit-dev clang")
        install = "apt-get install -y -qq --no-install-recommends cmake libedit-dev"
        self.assertEqual(["apt-get update -qq", install], calls)

    def test_fuzz_needs_clang(self):
        _, calls = self.run_setup("fuzz", absent="clang")
        self.assertTrue(calls[-1].endswith(" clang"), calls)


if __name__ == "__main__":
    unittest.main()
