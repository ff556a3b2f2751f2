"""Runs the built program for the tests: with pipes, or as a person at a terminal would see it."""

import json
import os
import pathlib
import pty
import select
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
TUG = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else ROOT / "build/release/tug"
SECONDS_MAX = 120  # of one call; slow machines and sanitizers

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather for a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]


def environment(state_folder=None):
    """A terminal that knows little, and no traces in the user's home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("HOME", "XDG_STATE_HOME", "NO_COLOR")
    }
    state = {"XDG_STATE_HOME": str(state_folder)} if state_folder else {}
    return {**kept, **state, "TERM": "xterm", "LC_ALL": "C"}


def tug(*arguments, stdin=b"", seconds=SECONDS_MAX):
    """The finished process; its output is bytes."""
    command = [TUG, *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, timeout=seconds, env=environment(), check=False
    )


class TugTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def thinking_model(self):
        """The demo with a template that opens a reasoning block, in which its answer then is."""
        folder = self.folder / "thinking"
        folder.mkdir()
        for path in (ROOT / "models/demo").glob("*.*"):
            (folder / path.name).symlink_to(path)
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        config["chat_template"] = config["chat_template"].replace(
            "{{- '<|im_start|>assistant\\n' }}\n{%- endif %}",
            "{{- '<|im_start|>assistant\\n' + ('' if enable_thinking is false else '<think>\\n') }}\n"
            "{%- endif %}",
        )
        assert "<think>" in config["chat_template"]
        (folder / "tokenizer_config.json").unlink()
        (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
        return folder

    def output(self, *arguments, stdin=b""):
        """Standard output of a call that must succeed, and say nothing else."""
        result = tug(*arguments, stdin=stdin)
        self.assertEqual((0, b""), (result.returncode, result.stderr), arguments)
        return result.stdout.decode()

    def object(self, *arguments, stdin=b""):
        lines = self.output(*arguments, stdin=stdin).splitlines()
        self.assertEqual(1, len(lines))
        return json.loads(lines[0])


def read_npy(path):
    """(rows, columns, floats) of a float32 matrix, by NumPy's format description."""
    content = path.read_bytes()
    assert content[:8] == b"\x93NUMPY\x01\x00"
    end = 10 + struct.unpack_from("<H", content, 8)[0]
    assert end % 64 == 0
    header = eval(content[10:end], {"__builtins__": {}})  # a Python literal, as numpy.load reads it
    assert header["descr"] == "<f4" and header["fortran_order"] is False
    rows, columns = header["shape"]
    assert len(content) - end == 4 * rows * columns
    return rows, columns, struct.unpack_from(f"<{rows * columns}f", content, end)


class Person:
    """Someone at a terminal who waits for what appears."""

    def __init__(self, *arguments, state_folder):
        self.seen = self.all_seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(TUG, [str(TUG), *arguments], environment(state_folder))

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, text, seconds=SECONDS_MAX):
        """What appeared since the last wait, up to and with the text."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            if not self._read(deadline):
                raise AssertionError(f"{text!r} did not appear after {self.seen!r}")
        end = self.seen.index(text) + len(text)
        shown, self.seen = self.seen[:end], self.seen[end:]
        return shown

    def exit_code(self, seconds=SECONDS_MAX):
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        if time.monotonic() >= deadline:
            raise AssertionError(f"the program did not end after {self.seen!r}")
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        return os.waitstatus_to_exitcode(status)

    def close(self):
        os.close(self.terminal)
        if self.process:
            os.kill(self.process, 9)
            os.waitpid(self.process, 0)

    def _read(self, deadline):
        ready, _, _ = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))
        try:
            data = os.read(self.terminal, 65536) if ready else b""
        except OSError:  # the other side is closed
            data = b""
        text = data.decode(errors="replace").replace("\r\n", "\n")
        self.seen += text
        self.all_seen += text
        return bool(data)
