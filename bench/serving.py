#!/usr/bin/env python3
"""What serving costs: against `tug bench`, and beside each other.

    bench/serving.py MODEL.gguf [--tug build/release/tug] [--prompt 8000] [--parts bench,decode,beside,first]

bench:  tokens a second of 1 and of 16 streams in `tug bench`.
decode: the same through the server.
beside: a long prompt beside a stream: how much of its own speed each has, and the stream's longest gap.
first:  time to the first token of N prompts of a size at once, over (N + 1) / 2 times that of one.
Prompts are token ids drawn anew, so that nothing is remembered.
"""
import argparse, http.client, json, random, re, statistics, subprocess, sys, threading, time

VOCABULARY = 90000


class Server:
    def __init__(self, tug, model):
        self.process = subprocess.Popen([tug, 'serve', model, '--port', '0', '--ctx', '16384'], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = ''
        while 'http://' not in line:
            line = self.process.stdout.readline() or sys.exit('The server did not start.')
        self.port = int(re.search(r'http://[^ ]*:(\d+)', line).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Stream(threading.Thread):
    """One request; `times` are those of its tokens, since it was sent."""

    def __init__(self, server, prompt, tokens, stop=None):
        super().__init__()
        self.port, self.stop, self.times, self.finish = server.port, stop, [], None
        self.body = json.dumps({'prompt': [random.randrange(VOCABULARY) for _ in range(prompt)], 'stream': True,
                                'max_tokens': tokens, 'ignore_eos': True, 'temperature': 0, 'logprobs': 0})
        self.start()

    def run(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        self.sent = time.monotonic()
        connection.request('POST', '/v1/completions', self.body)
        reply = connection.getresponse()
        assert reply.status == 200, reply.read()
        for line in reply:
            if line.startswith(b'data: {'):
                choice = (json.loads(line[6:])['choices'] or [{}])[0]
                logprobs = choice.get('logprobs')
                self.times += [time.monotonic()] * len(logprobs['tokens'] if logprobs else [])
                self.finish = choice.get('finish_reason') or self.finish
            if self.stop and self.stop.is_set(): break
        connection.close()

    def first(self):
        return self.times[0] - self.sent


def speed(times):
    return (len(times) - 1) / (times[-1] - times[0])


def tug_bench(tug, model, streams):
    done = subprocess.run([tug, 'bench', model, '-p', '0', '-n', '64', '-d', '64', '--streams', str(streams), '-r', '3', '-o', 'json'],
                          capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    tests = report if isinstance(report, list) else report['tests']
    return tests[0]['avg_ts']


def decode(server, a):
    for streams in (1, 16):
        rates = []
        for _ in range(a.rounds):
            all_of = [Stream(server, 64, 96) for _ in range(streams)]
            for stream in all_of: stream.join()
            assert all(stream.finish == 'length' for stream in all_of), 'a stream failed'
            begin = max(stream.times[0] for stream in all_of)
            end = min(stream.times[-1] for stream in all_of)
            rates.append(sum(sum(begin < t <= end for t in stream.times) for stream in all_of) / (end - begin))
        print(f'decode, {streams} streams: {statistics.median(rates):.1f} tokens/s ({min(rates):.1f} to {max(rates):.1f})')


def beside(server, a):
    alone = Stream(server, 16, 100)
    alone.join()
    prompt = Stream(server, a.prompt, 1)
    prompt.join()
    stop = threading.Event()
    stream = Stream(server, 16, 4000, stop)
    while len(stream.times) < 5: time.sleep(.01)
    both = Stream(server, a.prompt, 1)
    both.join()
    stop.set()
    stream.join()
    during = [t for t in stream.times if both.sent < t < both.times[0]]
    gaps = [b - c for b, c in zip(during[1:], during)]
    print(f'alone: stream {speed(alone.times):.1f} tokens/s, prompt {a.prompt / prompt.first():.1f} tokens/s')
    print(f'beside each other: stream {speed(during):.1f} ({100 * speed(during) / speed(alone.times):.0f} %), prompt '
          f'{a.prompt / both.first():.1f} ({100 * prompt.first() / both.first():.0f} %), longest gap {1000 * max(gaps):.0f} ms')


def first(server, a):
    one = statistics.median(s.first() for s in [Stream(server, a.size, 1) for _ in range(1)] if s.join() is None)
    for count in (4, 8):
        all_of = [Stream(server, a.size, 1) for _ in range(count)]
        for stream in all_of: stream.join()
        middle = statistics.median(stream.first() for stream in all_of)
        print(f'first token of {count} prompts of {a.size}: median {middle:.2f} s, {middle / one / (count + 1) * 2:.2f} x '
              f'(N + 1) / 2 x that of one ({one:.2f} s)')


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('model')
    arguments.add_argument('--tug', default='build/release/tug')
    arguments.add_argument('--prompt', type=int, default=8000)
    arguments.add_argument('--size', type=int, default=1000)
    arguments.add_argument('--rounds', type=int, default=3)
    arguments.add_argument('--parts', default='bench,decode,beside,first')
    a = arguments.parse_args()
    parts = a.parts.split(',')
    if 'bench' in parts:
        for streams in (1, 16): print(f'tug bench, {streams} streams: {tug_bench(a.tug, a.model, streams):.1f} tokens/s')
    with Server(a.tug, a.model) as server:
        if 'decode' in parts: decode(server, a)
        if 'beside' in parts: beside(server, a)
        if 'first' in parts: first(server, a)


main()
