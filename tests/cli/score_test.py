#!/usr/bin/env python3
"""tug score: its figures follow from its logits, and those do not depend on how they were computed."""

import math
import unittest

from tug_program import TugTest, read_npy, tug

TEXT = (
    "Once upon a time, in a sunny meadow, there lived a brave mouse. His name was Luke. "
    "The capital of Italy is Rome. <|im_end|> Why is the sky blue?\n"
) * 6


class Score(TugTest):
    def test_figures_follow_from_the_logits(self):
        text, npy = self.file("text.txt", TEXT), self.folder / "logits.npy"
        score = self.object("score", "demo", text, "--logits", npy, "--json")
        tokens = list(map(int, self.output("tokenize", "demo", TEXT).split()))
        rows, columns, logits = read_npy(npy)
        self.assertEqual((len(tokens), 4096, len(tokens)), (rows, columns, score["tokens"]))

        expected = []
        for i, following in enumerate(tokens[1:]):
            row = logits[i * columns : (i + 1) * columns]
            most = max(row)
            expected.append(row[following] - most - math.log(math.fsum(math.exp(x - most) for x in row)))
        self.assertEqual(len(expected), len(score["log_probabilities"]))
        for ours, theirs in zip(expected, score["log_probabilities"]):
            self.assertAlmostEqual(ours, theirs, places=9)
        self.assertAlmostEqual(math.fsum(expected), score["log_probability"], places=6)
        self.assertAlmostEqual(
            math.exp(-math.fsum(expected) / len(expected)), score["perplexity"], places=6
        )

        shown = self.output("score", "demo", text)
        self.assertIn(f"{score['perplexity']:.6f}", shown)
        self.assertIn(f"{score['log_probability']:.6f}", shown)

    def test_ids_are_the_text(self):
        text = self.file("text.txt", TEXT)
        ids = self.file("ids.txt", self.output("tokenize", "demo", TEXT).replace(" ", "\n"))
        for flags in ((), ("--json",)):
            self.assertEqual(
                self.output("score", "demo", text, *flags),
                self.output("score", "demo", "--tokens", ids, *flags),
            )

    def test_control_strings(self):
        text = self.file("text.txt", "Hello<|im_end|>")
        plain = self.object("score", "demo", text, "--json")["tokens"]
        self.assertGreater(plain, self.object("score", "demo", text, "--special", "--json")["tokens"])

    def test_one_token(self):
        ids = self.file("ids.txt", "796")
        score = self.object("score", "demo", "--tokens", ids, "--json")
        self.assertEqual(
            (1, None, []), (score["tokens"], score["perplexity"], score["log_probabilities"])
        )

    def test_same_bits_however_computed(self):
        text = self.file("text.txt", TEXT)

        def logits(*flags):
            npy = self.folder / "logits.npy"
            result = tug("score", "demo", text, "--logits", npy, *flags)
            if b"This machine does not have" in result.stderr:
                return None
            self.assertEqual(0, result.returncode, result.stderr)
            return npy.read_bytes()

        first = logits()
        for flags in (
            ("--threads", "1"),
            ("--threads", "3"),
            ("--chunk", "1"),
            ("--chunk", "7"),
            ("--isa", "avx2"),
            ("--isa", "avxvnni"),
            ("--isa", "avx512"),
            ("--isa", "amx"),
            ("--isa", "avx2", "--threads", "1", "--chunk", "64"),
        ):
            self.assertIn(logits(*flags), (None, first), flags)

    def test_failure_leaves_no_file(self):
        text = self.file("text.txt", TEXT)
        result = tug("score", "demo", text, "--logits", self.folder / "logits.npy", "--memory", "1M")
        self.assertEqual(1, result.returncode)
        self.assertEqual(["text.txt"], [path.name for path in self.folder.iterdir()])


if __name__ == "__main__":
    unittest.main()
