"""accuracy.py {new|old} CHECKPOINT DATA N [SKILL ...]: accuracy per skill on fresh prompts, greedy.

Skills with a star are not in the first model's data; "newtool*" are functions that neither model has seen.
EXACT=1 uses float32 matrices (weights rounded to bfloat16, as exported).
"""

import json
import random
import re
import sys

import torch

import generator as gen
import mixture as mix
import tokenizer

kind, path, data, n = sys.argv[1:5]
n = int(n)
T = tokenizer.Tok(data + "/tokenizer.json")
STOP = (4087, 4089)
torch.set_grad_enabled(False)
torch.set_num_threads(2)


def prompt(ms):
    return T.enc("".join(f"<|im_start|>{r}\n{t}<|im_end|>\n" for r, t in ms) + "<|im_start|>assistant\n")


if kind == "old":
    from first_model import Cfg, Model

    ck = torch.load(path)
    m = Model(Cfg(**ck["cfg"]))
    m.load_state_dict(ck["m"])

    def answer(ps, k=90):
        return [T.dec(m.generate(p, k, stop=STOP)) for p in ps]
else:
    from model import Cfg, Net

    ck = torch.load(path, weights_only=True)
    net = Net(Cfg(**ck["cfg"]))
    for k in net.P:
        net.P[k].copy_(ck["P"][k].to(torch.bfloat16))
    net.pack()

    def answer(ps, k=90, B=80):
        """greedy; all prompts of a block advance together as packed documents"""
        out = [None] * len(ps)
        for b in range(0, len(ps), B):
            live = {i: list(ps[i]) for i in range(b, min(b + B, len(ps)))}
            for _ in range(k):
                if not live:
                    break
                ids = [t for s in live.values() for t in s]
                off = torch.tensor([0] + [len(s) for s in live.values()]).cumsum(0).int()
                h = net.forward(torch.tensor(ids), off)[2][off[1:].long() - 1]
                nx = (h.float() @ net.W["emb"].float().t()).argmax(-1).tolist()
                for i, t in zip(list(live), nx):
                    if t in STOP:
                        out[i] = T.dec(live.pop(i)[len(ps[i]) :])
                    else:
                        live[i].append(t)
            for i, s in live.items():
                out[i] = T.dec(s[len(ps[i]) :])
        return out


def norm(s):
    return re.sub(r"\W+", " ", s.lower()).strip()


rng = random.Random(987654)
jobs = []
for f in (
    gen.q_capital,
    gen.q_animal2,
    gen.q_opp,
    gen.q_color,
    gen.q_word,
    gen.q_math,
    gen.q_time,
    gen.q_unit,
    gen.q_use,
    gen.q_def,
    gen.q_qa,
    gen.q_how,
    gen.q_trans,
    gen.q_count,
    gen.q_copy2,
    gen.q_poem,
):
    for _ in range(n):
        q, a = f(rng)
        q = gen.low(rng, q) if f is not gen.q_copy2 else q
        jobs.append((f.__name__, [("user", q)], a))
for f, name in (
    (gen.d_memory, "memory"),
    (gen.d_support, "support"),
    (gen.d_read, "read"),
    (gen.d_tool, "tool"),
    (mix.d_chatmem, "chatmem*"),
    (mix.d_tool2, "tool2*"),
):
    for _ in range(n):
        d = f(rng)["m"]
        if name == "chatmem*":
            i = next(i for i, x in enumerate(d) if x[1].startswith("Your name is"))
            d = d[: i + 1]
        if name == "tool2*":
            d = d[:3]
        jobs.append((name, d[:-1], d[-1][1]))
NEW = [
    (
        "get_price",
        "Get the price of a product",
        [("product", "string", "Product", lambda rng: rng.choice(gen.PROD))],
        ["What does the {product} cost?", "How much is the {product}?"],
    ),
    (
        "lock_door",
        "Lock a door",
        [("room", "string", "Room", mix.W("kitchen", "garage", "office", "bedroom"))],
        ["Lock the door of the {room}.", "Please lock the {room}."],
    ),
    (
        "set_temperature",
        "Set the temperature",
        [("degrees", "integer", "Degrees", lambda rng: rng.randrange(15, 28))],
        ["Set the temperature to {degrees} degrees.", "Make it {degrees} degrees, please."],
    ),
    (
        "call_contact",
        "Call a person",
        [("name", "string", "Name", lambda rng: rng.choice(mix.NAMES))],
        ["Call {name}.", "Please call {name} now."],
    ),
]
mix.MORE = NEW
for _ in range(n):
    d = mix.d_tool2(rng)["m"][:3]
    jobs.append(("newtool*", d[:-1], d[-1][1]))
if len(sys.argv) > 5:
    jobs = [x for x in jobs if x[0] in sys.argv[5:]]
outs = answer([prompt(x[1]) for x in jobs])
hits = {}
bad = []


def nums(s):
    return set(re.findall(r"[A-Z]?\d[\d-]+|[\w.]+@[\w.]+", s))


for (name, ms, a), o in zip(jobs, outs):
    key = norm(a)
    if name == "q_capital":
        hit = norm(o) == key or (
            "capital" in a
            and norm(a.split(" is ")[-1]) in norm(o)
            and norm(a.split(" is ")[0].replace("The capital of ", "")) in norm(o)
        )
    elif name == "q_math":
        hit = re.findall(r"\d+", a)[-1:] == re.findall(r"\d+", o)[-1:]
    elif name in ("q_use", "q_how"):
        hit = key.split(" ")[-6:] == norm(o).split(" ")[-6:]
    elif name == "support":
        want = nums(a) & nums(" ".join(t for _, t in ms))
        hit = want <= nums(o) if want else norm(o)[:12] == key[:12]
    elif name == "chatmem*":
        hit = a.split(".")[0] == o.split(".")[0]
    else:
        hit = norm(o) == key
    hits.setdefault(name, []).append(bool(hit))
    if not hit:
        bad.append((name, ms[-1][1][-80:], a[:90], o[:90]))
res = {k: round(100 * sum(v) / len(v)) for k, v in hits.items()}
old = [v for k, v in res.items() if not k.endswith("*")] or [0]
print(json.dumps(res))
print("mean of the 20 older skills %.2f, of all %.2f" % (sum(old) / len(old), sum(res.values()) / len(res)))
for b in random.Random(1).sample(bad, min(40, len(bad))):
    print(b)
