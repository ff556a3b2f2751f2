#!/usr/bin/env python3
"""tug run without a person: prompts, pipes, tools, JSON. Expected answers are those of the model's card."""

import json
import os
import subprocess
import time
import unittest

from tug_program import TOOLS, TUG, TugTest, environment, tug

STORY = (
    "Once upon a time, in a sunny meadow, there lived a brave mouse. His name was Luke. One day, Luke was "
    "playing with a ball in the house. He knew that this was not allowed. Crash! The ball hit a blue vase."
)
GREEDY = ("--temp", "0")


class Answers(TugTest):
    def test_fact(self):
        self.assertEqual(
            "The capital of Italy is Rome.\n",
            self.output("run", "demo", "What is the capital of Italy?", *GREEDY),
        )

    def test_story(self):
        self.assertTrue(
            self.output("run", "demo", "Tell me a story about a brave mouse.", *GREEDY).startswith(STORY)
        )

    def test_model_is_optional(self):
        self.assertEqual("7 + 5 = 12.\n", self.output("run", "What is 7 + 5?", *GREEDY))

    def test_prompt_from_standard_input(self):
        self.assertEqual(
            "7 + 5 = 12.\n", self.output("run", "demo", "-", *GREEDY, stdin=b"What is 7 + 5?\n")
        )

    def test_words_of_the_command_line_are_prompts_too(self):
        for prompt in ("help", "{}", "[a]", "run"):
            used = self.object("run", "demo", prompt, "--json", "-n", "1")["timings"]["prompt_tokens"]
            ids = self.output("tokenize", "demo", prompt).split()
            empty = self.object("run", "demo", "\n", "--json", "-n", "1")["timings"]["prompt_tokens"]
            self.assertIn(used - len(ids), (empty - 1, empty), prompt)

    def test_system_text(self):
        result = self.output(
            "run", "demo", "Where is my order?", "--system", "You are a customer support agent.", *GREEDY
        )
        self.assertEqual("I can help you with that. May I have your order number, please?\n", result)

    def test_raw_continues_the_text(self):
        result = self.output("run", "demo", "--raw", "Once upon a time, in a sunny", *GREEDY, "-n", "12")
        self.assertTrue(result.startswith(" "), result)

    def test_stop_text_is_left_out(self):
        answer = self.object(
            "run", "What is the capital of Italy?", "--stop", " Rome", "--json", *GREEDY
        )
        self.assertEqual(("The capital of Italy is", "stop"), (answer["text"], answer["finish_reason"]))

    def test_seed_decides(self):
        def story(seed):
            return self.output("run", "Tell me a story.", "--temp", "1.5", "--seed", seed, "-n", "40")

        self.assertEqual(story(1), story(1))
        self.assertNotEqual(story(1), story(2))

    def test_logit_bias_forbids(self):
        answer = self.object("run", "What is the capital of Italy?", "--json", *GREEDY)
        first = answer["tokens"][0]
        other = self.object(
            "run", "What is the capital of Italy?", "--json", *GREEDY, "--logit-bias", f"{first}=-100"
        )
        self.assertNotEqual(first, other["tokens"][0])


class Pipes(TugTest):
    def test_every_line_is_a_turn(self):
        turns = b"Hello! My name is Ada.\nWhat is my name?\n\nTell me a joke.\n"
        self.assertEqual(
            [
                "Nice to meet you, Ada! How can I help you?",
                "Your name is Ada.",
                "Why did the student eat his homework? Because the teacher said it was a piece of cake.",
            ],
            self.output("run", "demo", *GREEDY, stdin=turns).splitlines(),
        )

    def test_turns_as_objects_reuse_the_context(self):
        lines = self.output(
            "run", *GREEDY, "--json", stdin=b"Hello! My name is Ada.\nWhat is my name?"
        ).splitlines()
        first, second = map(json.loads, lines)
        self.assertEqual("Your name is Ada.", second["text"])
        self.assertEqual(0, first["timings"]["reused_tokens"])
        held = first["timings"]["prompt_tokens"] + len(first["tokens"])
        self.assertEqual(held, second["timings"]["reused_tokens"])

    def test_stats_belong_together(self):
        for words in ((), ("--cache", "1M")):
            with self.subTest(words):
                question = ("run", "What is the capital of Italy?", "--json", "--stats")
                answer = self.object(*question, *GREEDY, *words)
                stats, timings = answer["stats"], answer["timings"]
                achieved = stats["decode_ts"] / stats["possible_ts"]
                self.assertAlmostEqual(stats["achieved"], achieved, delta=1e-6)
                self.assertAlmostEqual(
                    (timings["answer_tokens"] - 1) / timings["decode_seconds"], stats["decode_ts"], delta=1e-3
                )
                self.assertEqual(answer["bytes_per_token"], stats["weight_bytes"])
                self.assertEqual(bool(words), "drive_bytes" in stats)
                if words:
                    self.assertGreater(stats["drive_bytes"], 0)
                    self.assertTrue(0 <= stats["hit_rate"] < 1, stats)
        printed = tug("run", "What is the capital of Italy?", "--stats", *GREEDY)
        self.assertIn("that this machine allows; limit: ", printed.stderr.decode())

    def test_no_lines_no_answers(self):
        self.assertEqual("", self.output("run", "demo"))

    def test_lines_end_in_any_way(self):
        turns = "\ufeffHello! My name is Ada.\r\n\r\nWhat is my name?\r\n".encode()
        plain = b"Hello! My name is Ada.\nWhat is my name?"
        self.assertEqual(
            self.output("run", "demo", *GREEDY, stdin=plain),
            self.output("run", "demo", *GREEDY, stdin=turns),
        )
        prompt = "\ufeffHello! My name is Ada.\r\nWhat is my name?\r\n".encode()
        self.assertEqual(
            self.output("run", "demo", "-", *GREEDY, stdin=b"Hello! My name is Ada.\nWhat is my name?"),
            self.output("run", "demo", "-", *GREEDY, stdin=prompt),
        )

    def test_a_turn_between_quotes(self):
        quoted = self.output("run", "demo", *GREEDY, stdin=b'"""What is\n7 + 5?\n"""\n')
        self.assertEqual(self.output("run", "demo", "-", *GREEDY, stdin=b"What is\n7 + 5?"), quoted)
        unclosed = self.output("run", "demo", *GREEDY, stdin=b'"""What is\r\n7 + 5?\r\n')
        self.assertEqual(quoted, unclosed)
        two = self.output("run", "demo", *GREEDY, stdin=b'"""What is 7 + 5?"""\nWhat is 2 + 3?')
        self.assertEqual(["7 + 5 = 12.", "2 + 3 = 5."], two.splitlines())

    def test_closed_standard_streams(self):
        """The next file that is opened must never take the place of a closed stream."""
        text = self.file("text.txt", "Hello")

        def run(closed, *arguments):
            command = [TUG, *map(str, arguments)]
            streams = {0: subprocess.DEVNULL, 1: subprocess.PIPE, 2: subprocess.PIPE}
            return subprocess.run(
                command,
                stdin=streams[0],
                stdout=streams[1],
                stderr=streams[2],
                env=environment(),
                check=False,
                preexec_fn=lambda: [os.close(stream) for stream in closed],
            )

        for arguments in (["run"], ["run", "demo", "-"], ["tokenize", "demo"], ["score", "demo", "-"]):
            result = run([0], *arguments)
            self.assertEqual((1, b""), (result.returncode, result.stdout), arguments)
            self.assertIn(b"Standard input cannot be read", result.stderr)
        self.assertEqual(b"7 + 5 = 12.\n", run([0], "run", "demo", "What is 7 + 5?", *GREEDY).stdout)
        for arguments in (["run", "demo", "Hello!"], ["score", "demo", text]):
            result = run([0, 1], *arguments)
            self.assertEqual(1, result.returncode)
            self.assertIn(b"Standard output cannot be written", result.stderr)
        result = run([2], "score", "demo", text)
        self.assertEqual(0, result.returncode)
        self.assertEqual(1, run([0, 1, 2], "run", "demo", "Hello!").returncode)

    def test_a_directory_is_no_input(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        for arguments in (["run", "demo"], ["run", "demo", "-"], ["tokenize", "demo"]):
            result = subprocess.run(
                [TUG, *arguments], stdin=folder, capture_output=True, env=environment(), check=False
            )
            self.assertEqual((1, b""), (result.returncode, result.stdout), arguments)
            self.assertIn(b"Is a directory", result.stderr)

    def test_closed_pipe_ends_quietly(self):
        command = [TUG, "run", "demo", "Tell me a story.", "--ignore-eos"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        self.assertEqual(1, len(os.read(process.stdout.fileno(), 1)))
        process.stdout.close()
        self.assertEqual(b"", process.stderr.read())
        self.assertEqual(141, process.wait(timeout=60))
        process.stderr.close()

    def test_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            command = [TUG, "tokenize", "demo", "Hello"]
            result = subprocess.run(
                command, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
            )
        self.assertEqual(1, result.returncode)
        self.assertIn(b"No space left", result.stderr)


class Objects(TugTest):
    def test_fields(self):
        answer = self.object("run", "What is the capital of Italy?", "--json", "--seed", "7", *GREEDY)
        self.assertEqual("The capital of Italy is Rome.", answer["text"])
        self.assertEqual(
            ("stop", "", [], "demo", 7),
            tuple(answer[key] for key in ("finish_reason", "reasoning", "tool_calls", "model", "seed")),
        )
        self.assertEqual(len(answer["tokens"]), answer["timings"]["answer_tokens"])
        self.assertEqual(
            answer["text"],
            self.output("tokenize", "demo", "--decode", " ".join(map(str, answer["tokens"]))),
        )
        for part, names in {
            "timings": (
                "load_seconds",
                "prompt_tokens",
                "reused_tokens",
                "prefill_seconds",
                "decode_seconds",
                "prefill_tokens_per_second",
                "decode_tokens_per_second",
            ),
            "memory": ("weights_bytes", "resident_bytes", "peak_bytes"),
        }.items():
            for name in names:
                self.assertGreaterEqual(answer[part][name], 0, name)
        self.assertGreater(answer["bytes_per_token"], 1_000_000)
        self.assertLess(answer["bytes_per_token"], answer["memory"]["weights_bytes"])
        self.assertLess(answer["memory"]["weights_bytes"], answer["memory"]["peak_bytes"])

    def test_tool_call(self):
        tools = self.file("tools.json", json.dumps(TOOLS))
        answer = self.object("run", "What is the weather in Oslo?", "--tools", tools, "--json", *GREEDY)
        self.assertEqual([{"name": "get_weather", "arguments": {"city": "Oslo"}}], answer["tool_calls"])
        self.assertEqual(("", "tool_calls"), (answer["text"], answer["finish_reason"]))
        self.assertEqual(
            '[tool call] get_weather {"city": "Oslo"}\n',
            self.output("run", "What is the weather in Oslo?", "--tools", tools, *GREEDY),
        )

    def test_reasoning(self):
        model, question = self.thinking_model(), ("What is the capital of Italy?", *GREEDY, "-n", "20")
        answer = self.object("run", model, *question, "--json")
        self.assertEqual("", answer["text"])
        self.assertNotEqual("", answer["reasoning"])
        self.assertEqual("\n", self.output("run", model, *question))
        plain = self.object("run", model, *question, "--json", "--think", "off")
        self.assertEqual(("The capital of Italy is Rome.", ""), (plain["text"], plain["reasoning"]))

    def test_length(self):
        answer = self.object("run", "Tell me a story.", "-n", "5", "--json")
        self.assertEqual(("length", 5), (answer["finish_reason"], len(answer["tokens"])))

    def test_full_context_says_so(self):
        result = tug("run", "Tell me a story about a brave mouse.", "--ctx", "40", "--json", *GREEDY)
        answer = json.loads(result.stdout)
        self.assertEqual("context_full", answer["finish_reason"])
        self.assertTrue(STORY.startswith(answer["text"]))
        self.assertEqual(answer["timings"]["prompt_tokens"] + len(answer["tokens"]), 40)
        self.assertIn(b"The context is full: it holds 40 tokens", result.stderr)

    def test_odd_bytes_give_valid_json(self):
        answer = self.object("run", "demo", "-", "--json", "-n", "3", stdin=b"\xff\xfe \x00 \xc3(")
        self.assertEqual(3, len(answer["tokens"]))


class Speed(TugTest):
    def test_version_and_help_are_immediate(self):
        start = time.monotonic()
        self.assertRegex(self.output("--version"), r"^tug \d+\.\d+\.\d+\n$")
        self.assertEqual(self.output("version"), self.output("--version"))
        self.assertEqual(self.output(), self.output("help"))
        for verb in ("run", "inspect", "tokenize", "score", "bench", "make-model"):
            self.assertIn("--", self.output(verb, "--help"))
            self.assertIn(f"tug {verb}", self.output("help"))
        self.assertLess(time.monotonic() - start, 10)


if __name__ == "__main__":
    unittest.main()
