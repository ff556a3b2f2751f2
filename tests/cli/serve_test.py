#!/usr/bin/env python3
"""tug serve as a person or a service manager meets it: what it prints, its exit codes, its signals."""

import http.client
import json
import re
import resource
import signal
import socket
import subprocess
import unittest

from scripted_model import THINKING_CHAT, write_model
from tug_program import SECONDS_MAX, TUG, TugTest, environment, tug

QUESTION = {"messages": [{"role": "user", "content": "What is the capital of Italy?"}], "temperature": 0}


class Serving:
    """A server that listens, on a free port."""

    def __init__(self, *arguments):
        command = [TUG, "serve", *map(str, arguments), "--port", "0"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True
        )
        self.connections = []
        self.welcome = self.process.stdout.readline()
        while "OpenAI SDKs" not in self.welcome:
            self.welcome += self.process.stdout.readline()
        self.port = int(re.search(r"http://127.0.0.1:(\d+)", self.welcome).group(1))

    def ask(self, body=QUESTION, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        self.connections.append(connection)
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers or {})
        return connection.getresponse()

    def end(self, number=signal.SIGTERM):
        """(exit code, the rest of its output, its log)."""
        self.process.send_signal(number)
        output, log = self.process.communicate(timeout=SECONDS_MAX)
        return self.process.returncode, self.welcome + output, [json.loads(line) for line in log.splitlines()]


    def close(self):
        for connection in self.connections:
            connection.close()
        self.process.kill()
        self.process.communicate()


class Serve(TugTest):
    def serving(self, *arguments):
        server = Serving(*arguments)
        self.addCleanup(server.close)
        return server

    def test_answers_and_ends_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.serving("demo")
            self.assertIn("2,048 tokens of context", server.welcome)
            reply = json.load(server.ask())
            self.assertEqual("The capital of Italy is Rome.", reply["choices"][0]["message"]["content"])
            code, output, log = server.end(number)
            self.assertEqual(0, code)
            for client in ("curl", "codex", "ANTHROPIC_BASE_URL", "OpenAI"):
                self.assertIn(client, output)
            self.assertEqual([("/v1/chat/completions", 200)], [(one["path"], one["status"]) for one in log])

    def test_a_stream_under_way_is_finished(self):
        server = self.serving()
        reply = server.ask({**QUESTION, "stream": True, "ignore_eos": True, "max_tokens": 300})
        self.assertTrue(reply.readline().startswith(b"data: "))
        server.process.send_signal(signal.SIGTERM)
        rest = reply.read()
        self.assertIn(b'"finish_reason":"length"', rest)
        self.assertTrue(rest.endswith(b"data: [DONE]\n\n"))
        self.assertEqual(0, server.process.wait(SECONDS_MAX))

    def test_a_second_signal_cuts(self):
        server = self.serving()
        reply = server.ask({**QUESTION, "stream": True, "ignore_eos": True})
        self.assertTrue(reply.readline().startswith(b"data: "))
        server.process.send_signal(signal.SIGTERM)
        server.process.send_signal(signal.SIGINT)
        self.assertIn(b"shutting_down", reply.read())
        self.assertEqual(0, server.process.wait(SECONDS_MAX))

    def test_one_call_where_more_are_not_wanted(self):
        calls = [f'<tool_call>\n{{"name": "f", "arguments": {{"x": {x}}}}}\n</tool_call>' for x in (1, 2)]
        server = self.serving(write_model(self.folder / "two", calls))
        tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
        for wanted, expected in ((True, 2), (False, 1)):
            body = {**QUESTION, "tools": tools, "parallel_tool_calls": wanted}
            choice = json.load(server.ask(body))["choices"][0]
            self.assertEqual(
                (expected, "tool_calls"), (len(choice["message"]["tool_calls"]), choice["finish_reason"])
            )
            stream = server.ask({**body, "stream": True}).read()
            self.assertEqual(expected, stream.count(b'"id":"call_'))
            self.assertEqual(1, stream.count(b'"finish_reason":"tool_calls"'))

    def test_reasoning_has_two_names_and_is_counted(self):
        pieces = ["I ", "think", "</think>", "Yes", "."]
        server = self.serving(write_model(self.folder / "thinking", pieces, THINKING_CHAT))
        reply = json.load(server.ask())
        message = reply["choices"][0]["message"]
        self.assertEqual(("Yes.", "I think"), (message["content"], message["reasoning_content"]))
        self.assertEqual(message["reasoning_content"], message["reasoning"])
        details = reply["usage"]["completion_tokens_details"]
        self.assertEqual((5, 2), (reply["usage"]["completion_tokens"], details["reasoning_tokens"]))

    def test_tells_what_this_machine_can_do(self):
        timings = json.load(self.serving().ask())["timings"]
        self.assertEqual("memory", timings["limit"])
        self.assertGreater(timings["possible_per_second"], timings["predicted_per_second"])

    def test_reasoning_ends_when_its_budget_is_used_up(self):
        pieces = ["I ", "think", " on", " and on", "</think>", "Yes", "."]
        server = self.serving(write_model(self.folder / "thinking", pieces, THINKING_CHAT))
        reply = json.load(server.ask({**QUESTION, "thinking_budget": 2, "max_tokens": 150}))
        message = reply["choices"][0]["message"]
        self.assertEqual("I think", message["reasoning"].split("\n\n")[0])
        self.assertIn("answer with what I know now.", message["reasoning"])
        # What this model says after anything that it does not know.
        self.assertTrue(message["content"].startswith("I think on and on"), message)
        self.assertLess(70, reply["usage"]["completion_tokens_details"]["reasoning_tokens"])

    def test_a_key_from_a_file(self):
        server = self.serving("--api-key-file", self.file("key", "s3cret\n"))
        self.assertEqual(401, server.ask().status)
        self.assertEqual(200, server.ask(headers={"Authorization": "Bearer s3cret"}).status)
        code, output, log = server.end()
        self.assertEqual(0, code)
        self.assertNotIn("s3cret", output + json.dumps(log))

    def test_several_keys(self):
        keys = self.file("keys", "# ours\none\n\ntwo \r\n")
        server = self.serving("--api-key-file", keys, "--api-key", "three")
        for key, status in (("one", 200), ("two", 200), ("three", 200), ("# ours", 401), ("", 401)):
            self.assertEqual(status, server.ask(headers={"x-api-key": key}).status, key)

    def test_context_is_what_was_asked_for(self):
        server = self.serving("--ctx", 20)
        reply = server.ask({"messages": [{"role": "user", "content": "zz " * 30}]})
        self.assertEqual((400, 20), (reply.status, json.load(reply)["error"]["n_ctx"]))

    def test_clients_beyond_the_descriptors_take_the_place_of_idle_ones(self):
        server = self.serving()
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (40, 40))
        for _ in range(80):
            idle = socket.create_connection(("127.0.0.1", server.port))
            self.addCleanup(idle.close)
        self.assertEqual(200, server.ask().status)

    def test_what_cannot_be_served(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = tug("serve", "--port", port)
        self.assertEqual(1, result.returncode)
        self.assertIn(b"choose another port", result.stderr)
        for arguments in (
            ["--host", "0.0.0.0"],
            ["--host", "nowhere.invalid", "--api-key", "k"],
            ["--api-key-file", self.file("empty", "\n")],
            ["--ctx", 100_000_000, "--port", "0"],
            ["no such model"],
        ):
            result = tug("serve", *arguments)
            self.assertEqual((1, b""), (result.returncode, result.stdout), arguments)
            self.assertEqual(1, result.stderr.count(b"\n"), result.stderr)
        self.assertEqual(2, tug("serve", "--port", "70000").returncode)


if __name__ == "__main__":
    unittest.main()
