#!/usr/bin/env python3
"""tug bench: its figures belong together, and what it counts is what the plan says."""

import csv
import io
import json
import unittest

from tug_program import TugTest, tug


class Bench(TugTest):
    SMALL = ("-p", "16", "-n", "4", "-r", "2", "-t", "2")

    def measured(self, *words):
        lines = self.output("bench", "demo", *words, "-o", "jsonl").splitlines()
        return [json.loads(line) for line in lines]

    def test_figures_belong_together(self):
        prefill, decode = self.measured(*self.SMALL)
        self.assertEqual((16, 0), (prefill["n_prompt"], prefill["n_gen"]))
        self.assertEqual((0, 4), (decode["n_prompt"], decode["n_gen"]))
        for test, tokens in ((prefill, 16), (decode, 4)):
            self.assertEqual((2, 0, 1), (test["n_threads"], test["n_depth"], test["n_streams"]))
            self.assertEqual(2, len(test["samples_ns"]))
            self.assertAlmostEqual(test["avg_ns"], sum(test["samples_ns"]) / 2, delta=1)
            for nanoseconds, rate in zip(test["samples_ns"], test["samples_ts"]):
                self.assertAlmostEqual(tokens / nanoseconds * 1e9, rate, delta=1e-6 * rate)
            self.assertAlmostEqual(test["achieved"], test["avg_ts"] / test["possible_ts"], delta=1e-6)
            self.assertAlmostEqual(1, sum(test["phases"].values()) / (test["avg_ns"] / 1e9), delta=0.01)
            needs = {
                "memory": (test["weight_bytes"] + test["cache_bytes"]) / test["read_gbps"],
                "int8": test["int8_operations"] / test["int8_gops"],
                "float": test["float_operations"] / test["float_gops"],
            }
            self.assertEqual(test["bottleneck"], max(needs, key=needs.get))
            possible = 1e9 / max(needs.values())
            self.assertAlmostEqual(possible, test["possible_ts"], delta=1e-6 * possible)

    def test_counts_what_the_plan_says(self):
        cost = json.loads(self.output("inspect", "demo", "--json"))["cost"]
        decode = self.measured("-p", "0", "-n", "4", "-r", "1")[0]
        self.assertEqual(cost["bytes_per_token"], decode["weight_bytes"])
        self.assertEqual(cost["stored_bytes"], decode["model_size"])
        together = self.measured("-p", "0", "-n", "4", "-r", "1", "--streams", "8")[0]
        self.assertLess(together["weight_bytes"], decode["weight_bytes"])  # they share what they read
        self.assertGreater(together["weight_bytes"], decode["weight_bytes"] / 8)

    def test_depth_reads_the_cache(self):
        shallow, deep = self.measured("-p", "0", "-n", "4", "-r", "1", "-d", "0,512")
        cost = json.loads(self.output("inspect", "demo", "--json"))["cost"]
        self.assertAlmostEqual(512 * cost["kv_bytes_per_token"], deep["cache_bytes"] - shallow["cache_bytes"])

    def test_all_combinations_in_all_outputs(self):
        words = ("-p", "8,0", "-n", "2,3", "-t", "1,2", "-d", "0,32", "-r", "1")
        tests = self.measured(*words)
        self.assertEqual(2 * 2 * (1 + 2), len(tests))
        listed = json.loads(self.output("bench", "demo", *words, "-o", "json"))
        rows = list(csv.DictReader(io.StringIO(self.output("bench", "demo", *words, "-o", "csv"))))
        table = self.output("bench", "demo", *words)
        for one, other, row in zip(tests, listed, rows, strict=True):
            self.assertEqual(list(one), list(other))
            self.assertEqual(list(one), list(row))
            for name in ("n_prompt", "n_gen", "n_depth", "n_threads"):
                self.assertEqual((one[name], str(one[name])), (other[name], row[name]))
        self.assertEqual(2 + len(tests), sum(line.startswith("|") for line in table.splitlines()))
        self.assertIn("| tg3 @ d32 |", table)

    def test_bad_words(self):
        for words in (("-p", "x"), ("-n", "1,,2"), ("-d", "-1"), ("-o", "xml"), ("-r", "0")):
            self.assertEqual(2, tug("bench", "demo", *words).returncode, words)
        for words in (("-d", "100000"), ("--streams", "64", "-b", "32", "-n", "1")):
            result = tug("bench", "demo", *words)
            self.assertEqual((1, b""), (result.returncode, result.stdout), words)
            self.assertEqual(1, result.stderr.count(b"\n"), result.stderr)
        self.assertEqual("[]\n", self.output("bench", "demo", "-p", "0", "-n", "0", "-o", "json"))


if __name__ == "__main__":
    unittest.main()
