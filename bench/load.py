#!/usr/bin/env python3
"""Loading a model against what the drive allows, and the memory it takes.

    bench/load.py MODEL.gguf [--tug build/release/tug] [--runs 5]

First proves the answer (the same tokens every time), then times, alternating: a plain direct read of the whole file
with as many threads as tug's loader uses, and a load by tug. Prints medians, their ratio, and peak memory against the
packed size. Every read goes past the page cache.
"""
import argparse, json, mmap, os, statistics, subprocess, sys, threading, time

PIECE = 2 << 20


def read_plain(path, threads):
    """Seconds to read the file once, directly, in pieces of 2 MiB handed out in order."""
    size, lock, position = os.path.getsize(path), threading.Lock(), [0]
    def work():
        fd, buffer = os.open(path, os.O_RDONLY | os.O_DIRECT), mmap.mmap(-1, PIECE)
        while True:
            with lock:
                at = position[0]
                position[0] += PIECE
            if at >= size: break
            os.preadv(fd, [buffer], at)
        os.close(fd)
    start = time.monotonic()
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    return time.monotonic() - start


def load(tug, path):
    """tug's own account of one run of 8 greedy tokens."""
    command = [tug, 'run', path, 'Hello', '--raw', '--temp', '0', '-n', '8', '--ignore-eos', '--json', '--ctx', '64']
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode: sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('model')
    arguments.add_argument('--tug', default='build/release/tug')
    arguments.add_argument('--runs', type=int, default=5)
    a = arguments.parse_args()
    threads, size = 2 * len(os.sched_getaffinity(0)), os.path.getsize(a.model)
    answer, plain, loads, memory = load(a.tug, a.model)['tokens'], [], [], {}
    for _ in range(a.runs):
        plain.append(size / read_plain(a.model, threads) / 1e9)
        result = load(a.tug, a.model)
        assert result['tokens'] == answer, 'the answer changed between runs'
        loads.append(size / result['timings']['load_seconds'] / 1e9)
        memory = result['memory']
    drive, tug = statistics.median(plain), statistics.median(loads)
    print(f'plain direct read {drive:.2f} GB/s ({min(plain):.2f} to {max(plain):.2f}), '
          f'load {tug:.2f} GB/s ({min(loads):.2f} to {max(loads):.2f}): {100 * tug / drive:.0f} %')
    print(f'peak memory {memory["peak_bytes"] / memory["weights_bytes"]:.3f} of the packed size '
          f'({memory["weights_bytes"] / 1e9:.2f} GB)')


main()
