#!/usr/bin/env python3
"""KL divergence between two ways of computing a text's logits. Needs numpy.

    bench/kl.py MODEL TEXT --ours="--kv q8_0" [--exact="--kv f32"] [--tug build/release/tug] [--all-experts]

Scores TEXT twice, each time with those flags, and prints mean and largest KL(exact || ours) over its tokens, and how often
both like the same token best. What float32 gives for the same weights is --exact="--backend reference". With --all-experts
every token uses all experts of MODEL, a small GGUF file: rounding shows as rounding, not as another choice of experts.
"""

import argparse
import pathlib
import re
import subprocess
import tempfile

import numpy


def with_all_experts(model, folder):
    data = bytearray(pathlib.Path(model).read_bytes())
    used, count = (re.search(rb"\.%s\x04\0\0\0" % key, data).end() for key in (b"expert_used_count", b"expert_count"))
    data[used:used + 4] = data[count:count + 4]  # numbers of 32 bits
    out = pathlib.Path(folder) / "all_experts.gguf"
    out.write_bytes(data)
    return out


def logits(tug, model, text, flags, folder):
    out = pathlib.Path(folder) / "logits.npy"
    subprocess.run([tug, "score", model, text, "--logits", str(out), *flags.split()], check=True, capture_output=True)
    return numpy.load(out)


def log_probabilities(rows):
    rows = rows.astype(numpy.float64)
    rows -= rows.max(axis=1, keepdims=True)
    return rows - numpy.log(numpy.exp(rows).sum(axis=1, keepdims=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("--ours", default="")
    parser.add_argument("--exact", default="--kv f32")
    parser.add_argument("--tug", default="build/release/tug")
    parser.add_argument("--all-experts", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = with_all_experts(arguments.model, folder) if arguments.all_experts else arguments.model
        exact, ours = (logits(arguments.tug, model, arguments.text, flags, folder)
                       for flags in (arguments.exact, arguments.ours))
    p, q = log_probabilities(exact), log_probabilities(ours)
    divergence = (numpy.exp(p) * (p - q)).sum(axis=1)
    same = (exact.argmax(axis=1) == ours.argmax(axis=1)).mean()
    print(f"{len(p)} tokens: KL mean {divergence.mean():.2g}, largest {divergence.max():.2g}; "
          f"same best token {100 * same:.1f} %")


if __name__ == "__main__":
    main()
