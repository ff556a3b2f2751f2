"""prepare.py N OUT SEED [old|second|third]: generated documents and one pass over the public texts as tokens.

The layout is that of first_prepare.py, as OUT/s<SEED>.*. From SEED 1000 on only generated documents are written
(held-out text). Mixture: MIX1, or MIX2 (second), MIX3 (third), or that of generator.py (old).
"""

import json
import random
import sys
import time

import numpy as np

import bank_replies
import generator as gen
import mixture as mix
import public_texts
import tokenizer

N, OUT, seed = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
old = "old" in sys.argv
rng = random.Random(seed)
t0 = time.time()
mix.MIX = mix.MIX3 if "third" in sys.argv else mix.MIX2 if "second" in sys.argv else mix.MIX1
docs = [(gen.gen if old else mix.draw)(rng) for _ in range(N)]
extra = []
if seed < 1000:
    for b in public_texts.storybooks()[0]:
        cur = ""
        for p in b["t"].split("\n"):
            if len(cur) + len(p) > 1100 and cur:
                extra.append(dict(k="book", t=cur))
                cur = ""
            cur += ("\n" if cur else "") + p
        if len(cur) > 120:
            extra.append(dict(k="book", t=cur))
    extra += public_texts.taskmaster()
    bk = bank_replies.load()
    SYSB = [
        "You are a support agent of a bank.",
        "You are a helpful bank assistant.",
        "You answer questions about bank accounts and cards.",
    ]
    for u, a in bk:
        m = [["user", u], ["assistant", a]]
        if rng.random() < 0.6:
            m = [["system", rng.choice(SYSB)]] + m
        if rng.random() < 0.15:
            u2, a2 = rng.choice(bk)
            m += [["user", u2], ["assistant", a2]]
        extra.append(dict(k="bank", m=m))
    for g in rng.sample(public_texts.gsm(), 800):
        extra.append(dict(k="ood", m=[["user", g["question"]], ["assistant", rng.choice(gen.REF)]]))
docs += extra
rng.shuffle(docs)
T = tokenizer.Tok(OUT + "/tokenizer.json")
S, E, X = T.sp["<|im_start|>"], T.sp["<|im_end|>"], T.sp["<|endoftext|>"]
NL = T.enc("\n")
toks, wts, off, kinds, klist = [], [], [0], {}, []
for d in docs:
    t, w = [], []
    if "t" in d:
        t = T.enc(d["t"]) + [X]
        w = [1] * len(t)
    else:
        for r, x in d["m"]:
            h = [S] + T.enc(r) + NL
            b = T.enc(x)
            t += h + b + [E] + NL
            if r == "assistant":
                w += [0] * len(h) + [1] * (len(b) + 1) + [0] * len(NL)
            else:
                w += [0] * len(h) + [0 if d["k"] == "ood" else 2] * len(b) + [0] + [0] * len(NL)
        t = t[: -len(NL)]
        w = w[: -len(NL)]
    toks.append(np.array(t, np.uint16))
    wts.append(np.array(w, np.uint8))
    off.append(off[-1] + len(t))
    kinds[d["k"]] = kinds.get(d["k"], 0) + len(t)
    klist.append(d["k"])
tag = OUT + f"/s{seed}."
wt = np.concatenate(wts)
np.concatenate(toks).tofile(tag + "tokens.u16")
wt.tofile(tag + "weights.u8")
np.array(off, np.int64).tofile(tag + "offsets.i64")
json.dump(klist, open(tag + "kinds.json", "w"))
L = np.diff(off)
print(
    "seed",
    seed,
    "tokens",
    off[-1],
    "docs",
    len(L),
    "length percentiles",
    np.percentile(L, [50, 90, 95, 99, 100]),
    kinds,
    "trained",
    (wt == 1).mean(),
    "%.0f s" % (time.time() - t0),
)
