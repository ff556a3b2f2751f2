"""first_prepare.py N OUT VOCABULARY [SEED]: the first model's data, and the tokenizer of both models.

Writes N generated documents and two passes over the public texts as tokens.u16, weights.u8, offsets.i64 (document
boundaries) and kinds.json. Weights: 1 trained, 2 a user's text, 0 neither.
"""

import json
import os
import random
import sys
import time

import numpy as np

import bank_replies
import generator as gen
import public_texts
import tokenizer

N = int(sys.argv[1])
OUT = sys.argv[2]
VOC = int(sys.argv[3])
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 100
rng = random.Random(seed)
t0 = time.time()
docs = [gen.gen(rng) for _ in range(N)]
books, _ = public_texts.storybooks()
coffee = public_texts.taskmaster()
bk = bank_replies.load()
gs = public_texts.gsm()
extra = []
for b in books * 2:
    # split long books into ~1100-char pieces on paragraph boundaries
    cur = ""
    for p in b["t"].split("\n"):
        if len(cur) + len(p) > 1100 and cur:
            extra.append(dict(k="book", t=cur))
            cur = ""
        cur += ("\n" if cur else "") + p
    if len(cur) > 120:
        extra.append(dict(k="book", t=cur))
extra += coffee * 2
SYSB = [
    "You are a support agent of a bank.",
    "You are a helpful bank assistant.",
    "You answer questions about bank accounts and cards.",
]
for _ in range(2):
    for u, a in bk:
        m = [["user", u], ["assistant", a]]
        if rng.random() < 0.6:
            m = [["system", rng.choice(SYSB)]] + m
        if rng.random() < 0.15:
            u2, a2 = rng.choice(bk)
            m += [["user", u2], ["assistant", a2]]
        extra.append(dict(k="bank", m=m))
for g in rng.sample(gs, 1500):
    extra.append(dict(k="ood", m=[["user", g["question"]], ["assistant", rng.choice(gen.REF)]]))
docs += extra
rng.shuffle(docs)
print("docs", len(docs), "synthetic", N, time.time() - t0, flush=True)

if not os.path.exists(OUT + "/tokenizer.json"):
    os.makedirs(OUT, exist_ok=True)
    tx = []
    for d in docs[:60000]:
        tx += [d["t"]] if "t" in d else ["\n" + x for _, x in d["m"]] + ["system\nuser\nassistant\n"]
    v, m = tokenizer.train(tx, VOC)
    tokenizer.export(v, m, OUT)
    print("bpe", len(v), len(m), time.time() - t0, flush=True)
T = tokenizer.Tok(OUT + "/tokenizer.json")
S, E, X = T.sp["<|im_start|>"], T.sp["<|im_end|>"], T.sp["<|endoftext|>"]
NL = T.enc("\n")
toks = []
wts = []
off = [0]
kinds = {}
klist = []
for d in docs:
    if "t" in d:
        t = T.enc(d["t"]) + [X]
        w = [1] * len(t)
    else:
        t = []
        w = []
        for r, x in d["m"]:
            h = [S] + T.enc(r) + NL
            b = T.enc(x)
            if r == "assistant":
                t += h + b + [E] + NL
                w += [0] * len(h) + [1] * (len(b) + 1) + [0] * len(NL)
            else:
                t += h + b + [E] + NL
                w += [0] * len(h) + [0 if d["k"] == "ood" else 2] * len(b) + [0] + [0] * len(NL)
        t = t[: -len(NL)]
        w = w[: -len(NL)]
    toks += t
    wts += w
    off.append(len(toks))
    kinds[d["k"]] = kinds.get(d["k"], 0) + len(t)
    klist.append(d["k"])
np.array(toks, np.uint16).tofile(OUT + "/tokens.u16")
np.array(wts, np.uint8).tofile(OUT + "/weights.u8")
np.array(off, np.int64).tofile(OUT + "/offsets.i64")
json.dump(klist, open(OUT + "/kinds.json", "w"))
L = np.diff(off)
print(
    "tokens",
    len(toks),
    "docs",
    len(L),
    "pct len",
    np.percentile(L, [50, 90, 95, 99, 100]),
    kinds,
    "trained frac",
    np.mean(np.array(wts) == 1),
    time.time() - t0,
)
