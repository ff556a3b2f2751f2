#!/usr/bin/env python3
"""Prefill and decode of tug and of peers that speak llama-bench's language, in turns on one machine.

    bench/peers.py MODEL.gguf... --peer NAME=PATH/llama-bench[,FLAG...] [--rounds 3] [--threads 2]

Every round runs each program once on each model, with its own warm-up; the table has the medians, and tug's
share of what the machine allowed in the same runs. FLAGs go to the peer as they are.
"""

import argparse
import json
import pathlib
import statistics
import subprocess

TUG = pathlib.Path(__file__).resolve().parent.parent / "build/release/tug"


def rates(command):
    """{"pp": tok/s, "tg": tok/s} and the records of one run."""
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {"pp" if row["n_prompt"] else "tg": row["avg_ts"] for row in rows}, rows


def commands(arguments, model):
    work = ["-p", "512", "-n", "64", "-r", "1", "-t", str(arguments.threads), "-o", "json"]
    yield "tug", [str(TUG), "bench", model, *work, "--kv", "f16"]
    for peer in arguments.peer:
        name, _, call = peer.partition("=")
        program, *flags = call.split(",")
        yield name, [program, "-m", model, *work, *flags]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    names = ["tug"] + [peer.partition("=")[0] for peer in arguments.peer]
    print("| model | " + " | ".join(f"{name} pp512 / tg64" for name in names) + " | tug / best peer | tug / possible |")
    print("|---|" + "---|" * (len(names) + 2))
    for model in arguments.models:
        seen = {name: {"pp": [], "tg": []} for name in names}
        shares = {"pp": [], "tg": []}
        for _ in range(arguments.rounds):
            for name, command in commands(arguments, model):
                got, rows = rates(command)
                for kind, rate in got.items():
                    seen[name][kind].append(rate)
                    if name == "tug":
                        shares[kind] += [row["achieved"] for row in rows if bool(row["n_prompt"]) == (kind == "pp")]
        median = {name: {kind: statistics.median(all) for kind, all in kinds.items()} for name, kinds in seen.items()}
        best = {kind: max([median[name][kind] for name in names[1:]], default=float("nan")) for kind in ("pp", "tg")}
        cells = [f"{median[name]['pp']:.0f} / {median[name]['tg']:.1f}" for name in names]
        cells.append(" / ".join(f"{median['tug'][kind] / best[kind]:.2f}" for kind in ("pp", "tg")))
        cells.append(" / ".join(f"{100 * statistics.median(shares[kind]):.0f} %" for kind in ("pp", "tg")))
        print(f"| {pathlib.Path(model).stem} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
