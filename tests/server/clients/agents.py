#!/usr/bin/env python3
"""Lets coding agents edit a file, with `tug serve` and a model whose answers are scripted: one call of the
agent's tool, and a word when its result is there.

    tests/server/clients/agents.py build/release/tug --folder DIR [--install]

DIR/node_modules holds the agents; one that is not there is skipped.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "cli"))
from scripted_model import CHAT, write_model  # noqa: E402

PACKAGES = ["@openai/codex", "@anthropic-ai/claude-code", "opencode-ai"]
TASK = "Write the capital of Italy to capital.txt."
RESULT_CAME = "<|result|>"
TEMPLATE = CHAT + "{%- if messages[-1].role == 'tool' %}{{- '" + RESULT_CAME + "' }}{%- endif %}"


def call(name, **arguments):
    return "<tool_call>\n" + json.dumps({"name": name, "arguments": arguments}) + "\n</tool_call>"


def codex(folder, home, work, address):
    provider = f'model_providers.tug={{name="tug",base_url="{address}/v1",wire_api="responses"}}'
    settings = ["model_provider=tug", "model=scripted", provider]
    command = [folder / "node_modules/.bin/codex", "exec", "--skip-git-repo-check"]
    command += ["--dangerously-bypass-approvals-and-sandbox"]
    command += [word for setting in settings for word in ("-c", setting)]
    return [*command, TASK], {"CODEX_HOME": str(home)}, call("exec_command", cmd="echo Rome > capital.txt")


def claude(folder, home, work, address):
    command = [folder / "node_modules/.bin/claude", "-p", TASK, "--permission-mode", "acceptEdits"]
    settings = {
        "HOME": str(home),
        "ANTHROPIC_BASE_URL": address,
        "ANTHROPIC_AUTH_TOKEN": "none",
        "ANTHROPIC_MODEL": "scripted",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    return command, settings, call("Write", file_path=str(work / "capital.txt"), content="Rome\n")


def opencode(folder, home, work, address):
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": address + "/v1", "apiKey": "none"},
        "models": {"scripted": {}},
    }
    config = {"provider": {"tug": provider}, "permission": {"edit": "allow"}}
    (work / "opencode.json").write_text(json.dumps(config), encoding="utf-8")
    command = [folder / "node_modules/.bin/opencode", "run", "-m", "tug/scripted", TASK]
    return command, {"HOME": str(home)}, call("write", filePath=str(work / "capital.txt"), content="Rome\n")


def try_agent(agent, options, root):
    home, work = root / "home", root / "work"
    home.mkdir()
    work.mkdir()
    folder = options.folder.resolve()
    command, _, script = agent(folder, home, work, "")
    if not command[0].exists():
        return f"{agent.__name__}: not installed, skipped"
    pieces = [script, RESULT_CAME, "Done."]
    model = write_model(root / "scripted", pieces, TEMPLATE, ends=[script], context=1 << 20)
    server = [options.tug.resolve(), "serve", model, "--port", "0"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as serving:
        address = re.search(r"http://\S+?:\d+", serving.stdout.readline()).group()
        command, settings, _ = agent(folder, home, work, address)
        result = subprocess.run(
            command,
            cwd=work,
            env={**os.environ, "PWD": str(work), **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        serving.terminate()
    written = work / "capital.txt"
    edited = written.exists() and written.read_text(encoding="utf-8") == "Rome\n"
    if not edited or "Done." not in result.stdout:
        sys.exit(f"{agent.__name__} did not edit the file:\n{result.stdout}\n{result.stderr}")
    return f"{agent.__name__}: the file is edited"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tug", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--install", action="store_true")
    options = parser.parse_args()
    if options.install:
        options.folder.mkdir(parents=True, exist_ok=True)
        (options.folder / "package.json").write_text("{}", encoding="utf-8")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=options.folder, check=True)
        script = options.folder.resolve() / "node_modules/opencode-ai/postinstall.mjs"  # npm runs no scripts
        subprocess.run(["node", script], cwd=script.parent, check=True)
    for agent in (codex, claude, opencode):
        with tempfile.TemporaryDirectory() as root:
            print(try_agent(agent, options, pathlib.Path(root)))


if __name__ == "__main__":
    main()
