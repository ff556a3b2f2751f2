#!/usr/bin/env python3
"""What a client costs `tug serve` in memory: idle after a request, and waiting in the queue for its turn.

    bench/connections.py build/release/tug [--clients 1024]
"""

import argparse
import json
import re
import resource
import socket
import subprocess

CHAT = {"stream": True, "messages": [{"role": "user", "content": "hello " * 20}]}
HOG = {"prompt": [5] * 1500, "ignore_eos": True, "max_tokens": -1}  # leaves no room for others in 24 MiB


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))

    def send(self, method, path, body=""):
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall((head + body).encode())

    def read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(65536)
        size = int(re.search(rb"Content-Length: (\d+)", data).group(1)) + data.index(b"\r\n\r\n") + 4
        while len(data) < size:
            data += self.socket.recv(65536)
        return data.decode()


def metric(port, name):
    client = Client(port)
    client.send("GET", "/metrics")
    value = re.search(rf"^{name} (\S+)", client.read(), re.MULTILINE).group(1)
    client.socket.close()
    return float(value)


def measure(port, count):
    memory = lambda: metric(port, "tug_resident_bytes")  # noqa: E731
    for _ in range(100):
        before = memory()
    idle = [Client(port) for _ in range(count)]
    for client in idle:
        client.send("GET", "/health")
        client.read()
    print(f"idle: {(memory() - before) / count:.0f} bytes each")
    for client in idle:
        client.socket.close()

    hog = Client(port)
    hog.send("POST", "/v1/completions", json.dumps(HOG))
    while metric(port, "llamacpp:requests_processing") != 1:
        pass
    before = memory()
    queued = [Client(port) for _ in range(count)]
    for client in queued:
        client.send("POST", "/v1/chat/completions", json.dumps(CHAT))
    for client in queued:
        client.socket.recv(4096)
    after, waiting = memory(), metric(port, "llamacpp:requests_deferred")
    print(f"queued: {(after - before) / count:.0f} bytes each; {waiting:.0f} of {count} wait")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tug")
    parser.add_argument("--clients", type=int, default=1024)
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    command = [options.tug, "serve", "demo", "--port", "0", "--memory", "24M", "--queue", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        port = int(re.search(r":(\d+),", server.stdout.readline()).group(1))
        try:
            measure(port, options.clients)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
