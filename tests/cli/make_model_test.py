#!/usr/bin/env python3
"""tug make-model: real shapes, models that run, and files that are complete or absent."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

from tug_program import TUG, TugTest, environment, tug

# Parameters of the released models, without MTP and vision.
TOTALS = {
    "qwen3-30b-a3b": 30_532_122_624,
    "qwen3-235b-a22b": 235_093_634_560,
    "qwen3-coder-480b-a35b": 480_154_875_392,
    "qwen3-next-80b-a3b": 79_674_391_296,
    "qwen3.5-35b-a3b": 34_660_610_688,
    "qwen3.5-122b-a10b": 122_111_526_912,
    "qwen3.5-397b-a17b": 396_346_350_336,
    "qwen3.8-2.4t-a95b": 2_419_804_697_984,
}


class MakeModel(TugTest):
    def made(self, *words):
        path = self.folder / "made.gguf"
        path.unlink(missing_ok=True)
        self.output("make-model", *words, path)
        self.assertEqual([path], list(self.folder.iterdir()))
        return path

    def inspected(self, *words):
        return json.loads(self.output("inspect", self.made(*words), "--json"))

    def test_shapes_have_the_published_totals(self):
        listed = tug("make-model", "--shape", "?", "x").stderr.decode()
        for shape in TOTALS:
            self.assertIn(shape, listed)
            self.assertEqual(
                TOTALS[shape], self.inspected("--shape", shape, "--sparse")["cost"]["parameters"], shape
            )
            self.assertLess((self.folder / "made.gguf").stat().st_blocks * 512, 32 << 20)

    def test_layers_cut_the_model(self):
        for shape, attention, width in (("qwen3-30b-a3b", 5, 4 * 128), ("qwen3.5-35b-a3b", 1, 2 * 256)):
            five = self.inspected("--shape", shape, "--layers", "5", "--sparse")["cost"]
            four = self.inspected("--shape", shape, "--layers", "4", "--sparse")["cost"]
            self.assertLess(four["parameters"], five["parameters"])
            self.assertEqual(attention * 2 * width * 4, five["kv_bytes_per_token"])  # float32

    def test_runs_with_the_tokenizer_of_the_demo(self):
        for shape in ("tiny", "tiny-next", "tiny-3.5"):
            path = self.made("--shape", shape, "--type", "q5_k_m", "--router-skew", "0.5")
            answer = self.object("run", path, "Hello", "-n", "8", "--ignore-eos", "--json")
            self.assertIn("text", json.dumps(answer))
            text = "It's 12 o'clock — <|im_end|>"
            for words in ((), ("--special",)):
                self.assertEqual(
                    self.output("tokenize", "demo", text, *words),
                    self.output("tokenize", path, text, *words),
                )

    def test_wrong_words_are_explained(self):
        there = self.file("there.gguf", b"precious")
        out = self.folder / "out.gguf"
        for code, expected, words in (
            (2, "qwen3-30b-a3b|", ("--shape", "qwen9", out)),
            (2, "q4_k_m|", ("--shape", "tiny", "--type", "q9", out)),
            (2, "--shape SHAPE", (out,)),
            (2, "name of the file", ("--shape", "tiny")),
            (2, "--layers", ("--shape", "tiny", "--layers", "0", out)),
            (2, "--router-skew", ("--shape", "tiny", "--router-skew", "nan", out)),
            (1, "has 4 layers, not 5", ("--shape", "tiny", "--layers", "5", out)),
            (1, "is there already", ("--shape", "tiny", there)),
            (1, "cannot be created", ("--shape", "tiny", self.folder / "no" / "out.gguf")),
        ):
            result = tug("make-model", *words)
            self.assertEqual((code, b""), (result.returncode, result.stdout), words)
            self.assertIn(expected, result.stderr.decode())
            self.assertEqual(1, result.stderr.count(b"\n"))
        self.assertEqual([there], list(self.folder.iterdir()))
        self.assertEqual(b"precious", there.read_bytes())

    def test_a_full_disk_leaves_nothing(self):
        for more in ((), ("--sparse",)):
            result = subprocess.run(
                [TUG, "make-model", "--shape", "qwen3-30b-a3b", *more, self.folder / "out.gguf"],
                capture_output=True,
                env=environment(),
                check=False,
                restore_signals=False,  # SIGXFSZ stays ignored: writing fails as it does on a full disk
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (32 << 20, 32 << 20)),
            )
            self.assertEqual((1, b""), (result.returncode, result.stdout))
            self.assertIn(b"out.gguf cannot be", result.stderr)
            self.assertEqual([], list(self.folder.iterdir()))

    def test_an_interrupt_leaves_nothing(self):
        command = [TUG, "make-model", "--shape", "qwen3-235b-a22b", self.folder / "out.gguf"]
        with subprocess.Popen(command, env=environment()) as process:
            while not list(self.folder.iterdir()) and process.poll() is None:
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGINT)
            self.assertEqual(130, process.wait())
        self.assertEqual([], list(self.folder.iterdir()))


if __name__ == "__main__":
    unittest.main()
