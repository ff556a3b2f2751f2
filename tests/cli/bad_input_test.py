#!/usr/bin/env python3
"""Bad input: one line on standard error that names the matter, nothing on standard output, at once."""

import shutil
import struct
import unittest

from tug_program import ROOT, SHARED, TugTest, tug

USAGE, FAILURE = 2, 1


class BadInput(TugTest):
    def assert_refused(self, code, words, *arguments, stdin=b""):
        with self.subTest(arguments=arguments):
            result = tug(*arguments, stdin=stdin, seconds=20)
            self.assertEqual((code, b""), (result.returncode, result.stdout), result.stderr)
            self.assertRegex(result.stderr.decode(), r"\Atug: [^\n]+\n\Z")
            self.assertIn(words, result.stderr.decode())

    def test_command_line(self):
        for words, *arguments in (
            ("no verb", "walk"),
            ("no verb", "help", "walk"),
            ("--nope", "run", "hi", "--nope"),
            ("quotes", "run", "demo", "two", "words"),
            ("--temp", "run", "hi", "--temp"),
            ("--temp", "run", "hi", "--temp", "warm"),
            ("--temp", "run", "hi", "--temp", "nan"),
            ("--temp", "run", "hi", "--temp", "-1"),
            ("--temp", "run", "hi", "--temp", ""),
            ("--top-k", "run", "hi", "--top-k", "2.5"),
            ("--top-p", "run", "hi", "--top-p", "1.1"),
            ("--repeat-penalty", "run", "hi", "--repeat-penalty", "0"),
            ("--predict", "run", "hi", "-n", "-2"),
            ("--ctx", "run", "hi", "--ctx", "0"),
            ("--ctx", "run", "hi", "-c", "99999999999999999999"),
            ("--seed", "run", "hi", "--seed", "-1"),
            ("--threads", "run", "hi", "-t", "0"),
            ("--chunk", "run", "hi", "--chunk", "0"),
            ("2X", "run", "hi", "--memory", "2X"),
            ("--memory", "run", "hi", "--memory", "0"),
            ("avx2|avxvnni|avx512|amx|neon", "run", "hi", "--isa", "mmx"),
            ("cpu|reference", "run", "hi", "--backend", "gpu"),
            ("on|off", "run", "hi", "--think", "maybe"),
            ("--stop", "run", "hi", "--stop", ""),
            ("--logit-bias", "run", "hi", "--logit-bias", "7"),
            ("--logit-bias", "run", "hi", "--logit-bias", "x=1"),
            ("--raw", "run", "hi", "--raw", "--system", "Be kind."),
            ("--decode", "tokenize", "demo", "hi", "--decode", "1"),
            ("FILE", "score", "demo"),
            ("FILE", "score", "demo", "a.txt", "--tokens", "b.txt"),
        ):
            self.assert_refused(USAGE, words, *arguments)

    def test_missing_things(self):
        text = self.file("text.txt", "Hello")
        for words, *arguments in (
            ("nowhere.gguf", "run", "nowhere.gguf"),
            ("no/where", "run", "no/where"),
            ("nowhere", "run", "nowhere", "Hello"),
            ("nowhere", "inspect", "nowhere"),
            ("nowhere", "tokenize", "nowhere", "Hello"),
            ("nowhere", "score", "nowhere", text),
            ("nowhere.txt", "score", "demo", self.folder / "nowhere.txt"),
            ("directory", "score", "demo", self.folder),
            ("nowhere.json", "run", "hi", "--tools", "nowhere.json"),
            ("cannot be created", "score", "demo", text, "--logits", self.folder / "no/logits.npy"),
            ("ordinary file", "score", "demo", text, "--logits", "/dev/null"),
            ("the prompt is empty", "run", "demo", ""),
            ("the prompt is empty", "run", "demo", "-"),
            (str(self.folder), "run", self.folder, "Hello"),
        ):
            self.assert_refused(FAILURE, words if words[0] != "t" else words.capitalize(), *arguments)

    def test_wrong_contents(self):
        for words, *arguments in (
            ("is empty", "score", "demo", self.file("empty.txt", "")),
            ("number 3 is", "score", "demo", "--tokens", self.file("ids.txt", "1 2 three")),
            ("number 2 is", "score", "demo", "--tokens", self.file("big.txt", "1 4096")),
            ("number 2 is", "score", "demo", "--tokens", self.file("huge.txt", "1 99999999999")),
            ("number 1 is", "tokenize", "demo", "--decode", "-5"),
            ("number 1 is", "tokenize", "demo", "--decode", "1,2"),
            ("99999", "tokenize", "demo", "--decode", "99999"),
            ("tools.json", "run", "hi", "--tools", self.file("tools.json", "[{]")),
            ("array", "run", "hi", "--tools", self.file("object.json", "{}")),
            ("the context holds 4", "run", "demo", "Tell me a story.", "--ctx", "4"),
            ("weights need", "run", "demo", "hi", "--memory", "1M"),
        ):
            self.assert_refused(FAILURE, words, *arguments)

    def test_broken_models(self):
        safetensors = self.folder / "cut"
        shutil.copytree(ROOT / "models/demo", safetensors, ignore=shutil.ignore_patterns("recipe"))
        whole = (safetensors / "model.safetensors").read_bytes()
        (safetensors / "model.safetensors").write_bytes(whole[: len(whole) // 2])
        self.assert_refused(FAILURE, "model.safetensors", "run", safetensors, "Hello")
        (safetensors / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + whole[8:])
        self.assert_refused(FAILURE, "model.safetensors", "run", safetensors, "Hello")
        (safetensors / "model.safetensors").write_bytes(whole)
        (safetensors / "tokenizer_config.json").write_text("{}")
        self.assert_refused(FAILURE, "no chat template; use --raw", "run", safetensors, "Hello")
        (safetensors / "config.json").write_text("{")
        self.assert_refused(FAILURE, "config.json", "inspect", safetensors)

        for name, content in {
            "empty.gguf": b"",
            "words.gguf": b"Once upon a time",
            "many.gguf": struct.pack("<4sIQQ", b"GGUF", 3, 1 << 60, 1 << 60),
            "old.gguf": struct.pack("<4sIQQ", b"GGUF", 99, 0, 0),
        }.items():
            self.assert_refused(FAILURE, name, "run", self.file(name, content), "Hello")

    def test_truncated_gguf(self):
        model = SHARED / "goldens/qwen3_moe/model.gguf"
        if not model.exists():
            self.skipTest("no shared goldens here")
        whole = model.read_bytes()
        for size in (20, 1000, len(whole) // 2, len(whole) - 1):
            self.assert_refused(FAILURE, "cut.gguf", "run", self.file("cut.gguf", whole[:size]), "Hello")


if __name__ == "__main__":
    unittest.main()
