#!/usr/bin/env python3
"""Decode of a model that is larger than its memory control group, tug and peers that map the file, in turns.

    bench/streaming/decode.py MODEL.gguf --limit 2.1e9 [--limit 3.67e9] [--peer NAME=PATH/llama-bench[,FLAG...]] [--rounds 3]

tug gets no flag about memory: it finds the group's limit. Every run begins with the model dropped from the page
cache; tug's first 256 tokens are its warm-up, a peer's tokens follow its own. The table has medians; "possible" is
tug bench's, from the drive and the memory as measured in the same run.
"""

import argparse
import json
import pathlib
import statistics

import memory_group

TUG = pathlib.Path(__file__).resolve().parents[2] / "build/release/tug"


def best_policy(streaming):
    """The best of those that the store could follow, on the run's own trace; and Belady's bound."""
    rates = streaming["hit_rates"]
    name = max(("static", "lru", "decayed"), key=lambda policy: rates[policy])
    return name, rates[name], rates["belady"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--limit", type=float, action="append", required=True, help="bytes of the group")
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--peer-tokens", type=int, default=4)
    arguments = parser.parse_args()
    peers = [peer.partition("=")[::2] for peer in arguments.peer]
    print("| group | program | tok/s | possible | share | hits | best policy, Belady | drive | MB a token | waited | peak |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for limit in arguments.limit:
        rows, peaks, peer_rates = [], [], {name: [] for name, _ in peers}
        for _ in range(arguments.rounds):
            work = ["-p", "0", "-n", str(arguments.tokens), "-r", "1", "--kv", "f16", "-o", "json"]
            out, peak, _ = memory_group.run([str(TUG), "bench", arguments.model, *work], int(limit), arguments.model)
            rows += json.loads(out)
            peaks.append(peak)
            for name, call in peers:
                program, *flags = call.split(",")
                work = ["-p", "0", "-n", str(arguments.peer_tokens), "-r", "1", "-t", "2", "-o", "json"]
                out, _, _ = memory_group.run([program, "-m", arguments.model, *work, *flags], int(limit), arguments.model)
                peer_rates[name].append(json.loads(out)[0]["avg_ts"])
        median = lambda of: statistics.median(of(row) for row in rows)
        streaming = lambda key: median(lambda row: row["streaming"][key])
        policy, rate, belady = best_policy(rows[0]["streaming"])
        tug = median(lambda row: row["avg_ts"])
        print(f"| {limit / 1e9:g} GB | tug | {tug:.1f} | {median(lambda row: row['possible_ts']):.1f} "
              f"| {median(lambda row: row['achieved']):.0%} | {streaming('hit_rate'):.1%} | {policy} {rate:.1%}, {belady:.1%} "
              f"| {streaming('drive_gbps'):.2f} GB/s | {streaming('read_bytes') / 1e6:.1f} | {streaming('stall_ms'):.1f} ms "
              f"| {max(peaks) / 1e9:.2f} GB |", flush=True)
        for name, rates in peer_rates.items():
            print(f"| | {name} | {statistics.median(rates):.2f} | tug is {tug / statistics.median(rates):.0f} x | | | | | | | |",
                  flush=True)


if __name__ == "__main__":
    main()
