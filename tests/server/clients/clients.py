#!/usr/bin/env python3
"""Runs the clients that OpenAI and Anthropic publish against `tug serve` with the demo model.

    tests/server/clients/clients.py build/release/tug --folder DIR [--install]

DIR/node_modules and DIR/venv hold the clients; --install puts them there with npm and pip. A client that is
not there is skipped: this is no part of `make test`, which needs no network.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ["openai", "@anthropic-ai/sdk"]


def install(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}", encoding="utf-8")
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=folder, check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    subprocess.run([folder / "venv/bin/pip", "install", "-q", "openai"], check=True)


def clients(folder):
    """Yields (name, command without the address), or no command for what is not installed."""
    node = shutil.which("node")
    for name, package in (("openai.mjs", "openai"), ("anthropic.mjs", "@anthropic-ai/sdk")):
        there = node and (folder / "node_modules" / package).is_dir()
        if there:  # modules are looked for beside the script
            shutil.copy(HERE / name, folder / name)
        yield name, [node, folder / name] if there else None
    python = folder / "venv/bin/python"
    yield "openai_client.py", [python, HERE / "openai_client.py"] if python.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tug", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--install", action="store_true")
    options = parser.parse_args()
    folder = options.folder.resolve()
    if options.install:
        install(folder)
    command = [options.tug.resolve(), "serve", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        address = re.search(r"http://\S+?:\d+", server.stdout.readline()).group()
        failed = 0
        for name, client in clients(folder):
            if client is None:
                print(f"{name}: not installed, skipped")
                continue
            failed += subprocess.run([*client, address], check=False, timeout=120).returncode != 0
        server.terminate()
        if server.wait(timeout=60) != 0:
            sys.exit("tug serve did not end well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
