"""train.py --data DIR --out DIR --minutes M [--init FIRST.pt | --resume CHECKPOINT]: trains the hybrid model.

DIR holds tokenizer.json and what prepare.py writes. With LD_PRELOAD=<torch>/lib/libgomp.so.1 torch and kernels.so
share one thread pool.
"""

import argparse
import glob
import json
import os
import time

import numpy as np
import torch

import tokenizer
from model import Cfg, Net, bf16

ap = argparse.ArgumentParser()
for k, v in dict(data="d1", out="run", init="", resume="", cfg="{}", prompts="").items():
    ap.add_argument("--" + k, default=v)
for k, v in dict(minutes=60.0, lr=2.5e-3, mlr=0.012, aux=0.01, flat=0.35, stop=0.0, elapsed=0.0).items():
    ap.add_argument("--" + k, type=float, default=v)
for k, v in dict(tokens=8192, mtp=1024, bench=0, warm=100, skip=0, threads=2).items():
    ap.add_argument("--" + k, type=int, default=v)
a = ap.parse_args()
torch.set_num_threads(a.threads)
torch.set_grad_enabled(False)
torch.set_flush_denormal(True)


# ---- data: shuffled documents, packed to exactly `tokens` tokens (the last document of a batch may lose its end)
class Data:
    def __init__(self, seeds, tag=0):
        def r(e, t):
            return [np.fromfile(f"{a.data}/s{k}.{e}", t) for k in seeds]

        self.tok, self.wt, offs = (
            np.concatenate(r("tokens.u16", np.uint16)),
            np.concatenate(r("weights.u8", np.uint8)),
            r("offsets.i64", np.int64),
        )
        base = np.cumsum([0] + [o[-1] for o in offs])
        self.beg = np.concatenate([o[:-1] + b for o, b in zip(offs, base)])
        self.end = np.concatenate([o[1:] + b for o, b in zip(offs, base)])
        self.n = len(self.beg)
        self.rng = np.random.default_rng(7 + tag)
        self.q = []

    def batch(self, N):
        n = 0
        parts = []
        off = [0]
        while n < N:
            if not self.q:
                self.q = list(self.rng.permutation(self.n))
            d = self.q.pop()
            b, e = self.beg[d], min(self.end[d], self.beg[d] + N - n)
            if e - b < 4 and n:
                e = min(b + 4, b + N - n)
            parts.append((b, e))
            n += e - b
            off.append(n)
        ids = np.concatenate([self.tok[b:e] for b, e in parts]).astype(np.int64)
        w = (np.concatenate([self.wt[b:e] for b, e in parts]) == 1).astype(np.float32)
        y = np.roll(ids, -1)
        w = np.roll(w, -1)
        w[np.array(off[1:]) - 1] = 0
        t = torch.from_numpy
        return t(ids), torch.tensor(off, dtype=torch.int32), t(y), t(w)


seeds = sorted(int(os.path.basename(f)[1:].split(".")[0]) for f in glob.glob(a.data + "/s*.tokens.u16"))
data = Data([x for x in seeds if x < 1000])
val = Data([2001], 1)
vb = [val.batch(8192) for _ in range(6)]
if a.skip:
    data.rng = np.random.default_rng(1000 + a.skip)

# ---- weights
c = Cfg(**json.loads(a.cfg))
net = Net(c)
P = net.P
if a.init:  # what fits of the older Qwen3-MoE model: embedding, experts, routers, norms, two attention layers
    ck = torch.load(a.init, weights_only=True)
    m = ck["m"]
    place = {0: 0, 1: 2, 2: 3, 3: 5, 4: 7}
    E0 = m["blocks.0.w1"].shape[0]
    P["emb"].copy_(m["emb"])
    P["norm"].copy_(m["norm.weight"] - 1)
    perm = [0, 4, 8, 12, 16, 20, 24, 28]
    perm += [
        i for i in range(32) if i not in perm
    ]  # rotary pairs (0,16) (4,20) (8,24) (12,28) have the four new frequencies
    perm = torch.tensor(perm)
    for layer in list(range(c.layers)) + ["mtp"]:
        P[f"{layer}.s2"].zero_()
        P[f"{layer}.wo"].mul_(0.5)
    for layer in range(c.layers):
        if layer not in place.values():
            P[f"{layer}.w2"].zero_()
    for o, layer in list(place.items()) + [(4, "mtp")]:
        p, q = f"{layer}.", f"blocks.{o}."
        P[p + "ln1"].copy_(m[q + "ln1.weight"] - 1)
        P[p + "ln2"].copy_(m[q + "ln2.weight"] - 1)
        P[p + "wr"].mul_(0.5)
        P[p + "wr"][:E0] = m[q + "router"]
        P[p + "w1"][:E0] = m[q + "w1"]
        P[p + "w2"].zero_()
        P[p + "w2"][:E0] = m[q + "w2"]
        if c.full(layer):
            n = c.heads * c.hd
            k = c.kv * c.hd
            W = m[q + "wqkv"]

            def re(x):
                return x.view(-1, c.hd, c.hidden)[:, perm].reshape(-1, c.hidden)

            P[p + "win"][:n] = re(W[:n])
            P[p + "win"][n : 2 * n].mul_(0.1)
            P[p + "win"][2 * n : 2 * n + k] = re(W[n : n + k])
            P[p + "win"][2 * n + k :] = W[n + k :]
            P[p + "wo"].copy_(m[q + "wo"] * 2)  # the gate starts near 1/2
            P[p + "qn"].copy_(m[q + "qn.weight"][perm] - 1)
            P[p + "kn"].copy_(m[q + "kn.weight"][perm] - 1)
ck = None
if a.resume:
    ck = torch.load(a.resume, weights_only=True)
    for k in P:
        P[k].copy_(ck["P"][k])
net.pack()

# ---- Muon for the matrices, AdamW for embedding, norms, routers, convolutions, decay
mats = [k for k in P if k.split(".")[-1] in ("win", "wo", "w1", "w2", "s1", "s2", "fc")]
rest = [k for k in P if k not in mats]
adam = [torch.nn.Parameter(P[k], requires_grad=False) for k in rest]
opt = torch.optim.AdamW(adam, lr=a.lr, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0, foreach=True)
mom = {k: torch.zeros_like(P[k]) for k in mats}
if ck and "mom" in ck:
    opt.load_state_dict(ck["opt"])
    for k in mats:
        mom[k].copy_(ck["mom"][k])


def blocks(k, x):
    """the separate matrices inside one stored tensor, as views"""
    n = k.split(".")[-1]
    layer = k.split(".")[0]
    if n == "win":
        return [[t] for t in x.split(c.split(layer if layer == "mtp" else int(layer)))]
    if n in ("w1", "s1"):
        return [list(x.view(-1, x.shape[-2] // 2, x.shape[-1]))]
    if n == "w2":
        return [list(x)]
    if n == "fc":
        return [[t] for t in x.split(c.hidden, 1)]
    return [[x]]


groups = {}
for k in mats:
    for g in zip(*[sum(blocks(k, t), []) for t in (P[k], mom[k])]):
        groups.setdefault(tuple(sorted(g[0].shape)), []).append(
            (g[0], g[1], g[0].shape[0] > g[0].shape[1], max(1, g[0].shape[0] / g[0].shape[1]) ** 0.5)
        )


def newton(X):
    X = X / (X.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    X = X.to(bf16)
    for _ in range(5):
        M = X @ X.transpose(-2, -1)
        X = 3.4445 * X + torch.baddbmm(M, M, M, beta=-4.775, alpha=2.0315) @ X
    return X.float()


def muon(lr):
    G = {k: net.G[k] for k in mats if k in net.G}
    for k in G:
        mom[k].mul_(0.95).add_(G[k])
        G[k].add_(mom[k], alpha=0.95)
    gv = {}
    for k in G:
        for p, g in zip(sum(blocks(k, P[k]), []), sum(blocks(k, G[k]), [])):
            gv[p.data_ptr()] = g
    for shape, L in groups.items():
        L = [x for x in L if x[0].data_ptr() in gv]
        if not L:
            continue
        U = newton(torch.stack([gv[p.data_ptr()].t() if t else gv[p.data_ptr()] for p, _, t, _ in L]))
        ps = [x[0] for x in L]
        us = [(u.t() if x[2] else u) * x[3] for u, x in zip(U, L)]
        torch._foreach_mul_(ps, 1 - lr * 0.02)
        torch._foreach_add_(ps, us, alpha=-lr)


os.makedirs(a.out, exist_ok=True)
log = open(a.out + "/log.txt", "a")
TK = tokenizer.Tok(a.data + "/tokenizer.json")


def say(s):
    print(s, flush=True)
    log.write(s + "\n")
    log.flush()


def save(tag, full=True):
    torch.save(
        dict(P=P, cfg=c.d(), mom=mom, opt=opt.state_dict(), seen=seen, step=step, frac=fr)
        if full
        else dict(P=P, cfg=c.d(), seen=seen, step=step),
        a.out + f"/ck_{tag}.tmp",
    )
    os.replace(a.out + f"/ck_{tag}.tmp", a.out + f"/ck_{tag}.pt")


def evalv():
    L = W = m = 0.0
    for ids, off, y, w in vb:
        h = net.forward(ids, off)[2]
        s = float(w.sum())
        L += net.head(h, y, w, False)[0] * s
        W += s
        m += net.mtp(ids, off, y, w, h, 1024, 0.0, False) / len(vb)
    return L / W, m


def sample(q, n=110):
    ids = TK.enc(f"<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n")
    k = len(ids)
    for _ in range(n):
        t = int(net.logits(ids)[-1].argmax())
        if t in (4087, 4089):
            break
        ids.append(t)
    return TK.dec(ids[k:])


say("%s %s docs %d tokens %.1fM" % (net.size(), c.d(), data.n, len(data.tok) / 1e6))
t0 = time.time() - a.elapsed * 60
step = ck["step"] if ck else 0
seen = ck["seen"] if ck else 0
s0 = seen
b0 = time.time()
ema = mema = None
last = time.time()
tt = [0.0] * 3
fr = 0.0
ns = 0
while True:
    fr = (time.time() - t0) / (a.minutes * 60)
    if fr >= 1 or (a.bench and ns >= a.bench):
        break
    sc = min(1, (ns + 1) / a.warm) * (1 if fr < a.flat else max(0.01, (1 - fr) / (1 - a.flat)))
    q0 = time.time()
    b = data.batch(a.tokens)
    q1 = time.time()
    l, m = net.step(*b, aux=a.aux, mtp=a.mtp)
    q2 = time.time()
    for p, k in zip(adam, rest):
        p.grad = net.G.get(k)
    torch.nn.utils.clip_grad_norm_(adam, 1.0)
    for g in opt.param_groups:
        g["lr"] = a.lr * sc
    opt.step()
    muon(a.mlr * sc)
    net.pack()
    q3 = time.time()
    for i, x in enumerate((q1 - q0, q2 - q1, q3 - q2)):
        tt[i] += x
    step += 1
    ns += 1
    seen += a.tokens
    ema = l if ema is None else 0.97 * ema + 0.03 * l
    mema = m if mema is None or m is None else 0.97 * mema + 0.03 * m
    if ns % 100 == 0 or (a.bench and ns % 5 == 0):
        s = (
            "step %d %.1f min tok %.2fM tok/s %.0f loss %.4f mtp %s load %.3f-%.3f lr %.2f | data %.3f fb %.3f opt %.3f"
            % (
                step,
                (time.time() - t0) / 60,
                seen / 1e6,
                (seen - s0) / (time.time() - b0),
                ema,
                "%.3f" % mema if mema else "-",
                float(net.load.min()),
                float(net.load.max()),
                sc,
                *[x / ns for x in tt],
            )
        )
        if ns % 500 == 0:
            s += " VAL %.4f mtp %.4f" % evalv()
        say(s)
    if not a.bench and time.time() - last > 290:
        last = time.time()
        save("last")
        for q in ("Tell me a story about a brave mouse.", "What is the capital of Italy?", "What is 7 + 5?"):
            say(f"   [{q}] " + sample(q))
if not a.bench:
    save("final")
    say("FINAL step %d tok %.2fM VAL %.4f mtp %.4f" % (step, seen / 1e6, *evalv()))
