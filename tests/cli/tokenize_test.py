#!/usr/bin/env python3
"""tug tokenize and tug inspect."""

import json
import unittest

from tug_program import SHARED, TugTest, tug

TEXT = "Hello  wörld, 東京 🚢!\n\tif x <= 3:\r\n  <|im_end|> ok\n\n"


class Tokenize(TugTest):
    def test_round_trip_to_the_last_byte(self):
        ids = self.output("tokenize", "demo", stdin=TEXT.encode())
        self.assertEqual(ids, self.output("tokenize", "demo", TEXT))
        self.assertRegex(ids, r"^\d+( \d+)*\n$")
        result = tug("tokenize", "demo", "--decode", "-", stdin=ids.encode())
        self.assertEqual(TEXT.encode(), result.stdout)
        self.assertEqual(TEXT, self.output("tokenize", "demo", "--decode", ids))

    def test_control_strings(self):
        as_text = self.output("tokenize", "demo", "<|im_end|>").split()
        as_token = self.output("tokenize", "demo", "<|im_end|>", "--special").split()
        self.assertEqual((["4089"], True), (as_token, len(as_text) > 1))
        for ids in (as_text, as_token):
            self.assertEqual("<|im_end|>", self.output("tokenize", "demo", "--decode", " ".join(ids)))

    def test_nothing(self):
        self.assertEqual("\n", self.output("tokenize", "demo", ""))
        self.assertEqual("", self.output("tokenize", "demo", "--decode", ""))

    def test_gguf_and_directory_agree(self):
        model = SHARED / "goldens/qwen3_moe"
        if not model.exists():
            self.skipTest("no shared goldens here")
        ids = self.output("tokenize", model, TEXT)
        self.assertEqual(ids, self.output("tokenize", model / "model.gguf", TEXT))


class Inspect(TugTest):
    def test_demo(self):
        text = self.output("inspect", "demo")
        for words in ("qwen3_5_moe", "192", "4,096", "9,655,880", "BF16"):
            self.assertIn(words, text)
        self.assertEqual(text, self.output("inspect"))

    def test_json(self):
        self.assertIsInstance(json.loads(self.output("inspect", "demo", "--json")), dict)


if __name__ == "__main__":
    unittest.main()
