#!/usr/bin/env python3
"""Makes template_vectors.json: what Jinja2, set up as in Hugging Face's transformers, makes of the templates in
template_sources.txt, which use Python's own methods, formats and filters. Needs jinja2."""

import json
import pathlib

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

CONTEXT = {
    "text": "Hello, World! Hello!",
    "words": ["one", "two", "three"],
    "numbers": [1.0, 2.5, 1e16, 1e-5, -0.0, 3],
    "mapping": {"a": 1, "b": 2.5, "c": [0.1, "x", None, True]},
    "count": 42,
    "price": 3.14159,
    "small": 1.5e-7,
    "large": 1e22,
    "empty": "",
    "long": "The quick brown fox jumps over the lazy dog and runs away from a well-known antediluvian.",
    "tabs": "a\tbc\td",
    "big": 1234567890123456789,
    "edge": 2**63,
    "wide": -(10**38),
    "huge": 12345678901234567890123456789012345678901234567890,
    "five": 5,
    "odd": "\u00a0\u200b\u2028\u0378\x7f\U000e0001\U0001f600e\u0301",
}

def main():
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    sources = pathlib.Path(__file__).with_name("template_sources.txt").read_text(encoding="utf-8")
    vectors = []
    for source in sources.strip().split("\n"):
        for ending in ("", "\r\n{{ count }}\r{{ count }}\n"):
            if ending and len(vectors) > 3:
                continue
            expected = environment.from_string(source + ending).render(**CONTEXT)
            vectors.append({"template": source + ending, "expected": expected})
    path = pathlib.Path(__file__).with_name("template_vectors.json")
    path.write_text(json.dumps({"context": CONTEXT, "vectors": vectors}, indent=1) + "\n", encoding="utf-8")


main()
