"""Installs the build, moves the prefix, and builds examples/embed against it outside the tree.

    install_test.py SOURCE_DIR BUILD_DIR
"""
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = sys.argv[1:]
QUESTION = "Tell me a story about a brave mouse."


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout}\n{result.stderr}")
    return result.stdout


def installed_files(prefix):
    return {os.path.relpath(os.path.join(folder, name), prefix)
            for folder, _, names in os.walk(prefix) for name in names}


def check_same(what, got, wanted):
    if got.strip() != wanted.strip():
        sys.exit(f"{what} says\n{got}\ninstead of\n{wanted}")


def main(scratch):
    first, prefix = os.path.join(scratch, "first"), os.path.join(scratch, "moved here")
    run("cmake", "--install", BUILD, "--prefix", first)
    os.rename(first, prefix)
    files = installed_files(prefix)
    for wanted in ["bin/tug", "include/tugboat/model.h", "share/doc/tugboat/LICENSE",
                   "share/doc/tugboat/NOTICE"]:
        assert wanted in files, f"{wanted} is not installed, but {sorted(files)}"
    headers = {name for name in files if name.startswith("include/")}
    assert all(name.startswith("include/tugboat/") for name in headers), headers
    archives = [name for name in files if name.endswith(".a")]
    assert len(archives) == 1 and archives[0].endswith("/libtugboat.a"), archives
    library = os.path.join(prefix, os.path.dirname(archives[0]))

    # Nothing of the Rust half can clash with another Rust library.
    names = run("nm", "-gjC", "--defined-only", os.path.join(prefix, archives[0]), stderr=None).split("\n")
    foreign = [name for name in names if "rust" in name and not name.startswith("tug")]
    assert not foreign, foreign[:10]

    answer = run(os.path.join(prefix, "bin/tug"), "run", "--temperature", "0", "demo", QUESTION)

    project = shutil.copytree(os.path.join(SOURCE, "examples/embed"), os.path.join(scratch, "embed"))
    by_cmake = os.path.join(project, "build")
    run("cmake", "-S", project, "-B", by_cmake, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", by_cmake)
    check_same("the program built by CMake", run(os.path.join(by_cmake, "embed"), "demo", QUESTION), answer)

    environment = {**os.environ, "PKG_CONFIG_PATH": os.path.join(library, "pkgconfig")}
    by_hand = os.path.join(project, "by_hand")
    run("sh", "-c", 'eval c++ embed.cpp -o by_hand $(pkg-config --cflags --libs tugboat)', cwd=project, env=environment)
    check_same("the program built with pkg-config", run(by_hand, "demo", QUESTION), answer)
    print(f"installed, moved and embedded: {len(files)} files")


with tempfile.TemporaryDirectory(prefix="tug install ") as folder:
    main(folder)
