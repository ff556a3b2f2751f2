"""first_train.py --data DIR --out DIR --minutes M: trains the first model, Muon and AdamW, one or more processes."""

import argparse
import json
import os
import time

import numpy as np
import torch
import torch.distributed as dist

import tokenizer
from first_model import Cfg, Model

ap = argparse.ArgumentParser()
ap.add_argument("--data", default="d1")
ap.add_argument("--out", default="run1")
ap.add_argument("--minutes", type=float, default=50)
ap.add_argument("--rows", type=int, default=12)
ap.add_argument("--T", type=int, default=320)
ap.add_argument("--lr", type=float, default=3e-3)
ap.add_argument("--mlr", type=float, default=0.02)
ap.add_argument("--aux", type=float, default=0.01)
ap.add_argument("--rank", type=int, default=0)
ap.add_argument("--world", type=int, default=1)
ap.add_argument("--port", default="29511")
ap.add_argument("--cfg", default="{}")
ap.add_argument("--bench", type=int, default=0)
ap.add_argument("--init", default="")
a = ap.parse_args()
torch.set_num_threads(1)
torch.set_flush_denormal(True)

if a.world > 1:
    os.environ["MASTER_ADDR"] = "127.0.0.1"
    os.environ["MASTER_PORT"] = a.port
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo", rank=a.rank, world_size=a.world)
torch.manual_seed(1)
c = Cfg(**json.loads(a.cfg))
m = Model(c)
if a.init:
    m.load_state_dict(torch.load(a.init)["m"])
tot = sum(p.numel() for p in m.parameters())
exp = sum(b.w1.numel() + b.w2.numel() for b in m.blocks)
act = tot - exp + exp * c.topk // c.experts
tok = np.memmap(a.data + "/tokens.u16", np.uint16, "r")
wt = np.memmap(a.data + "/weights.u8", np.uint8, "r")
off = np.fromfile(a.data + "/offsets.i64", np.int64)
ND = len(off) - 1
nval = 400
WT = np.array([0.0, 1.0, 0.0], np.float32)


def batches(lo, hi, seed, rows, T):
    """best-fit packing of whole documents into rows of T+1 tokens; block-diagonal attention"""
    rng = np.random.default_rng(seed)
    pool = []

    def docs():
        while True:
            for d in rng.permutation(np.arange(lo, hi) if hi is not None else lo):
                yield d

    it = docs()
    while True:
        ids = np.zeros((rows, T + 1), np.int64)
        w = np.zeros((rows, T + 1), np.float32)
        seg = np.full((rows, T + 1), -1, np.int32)
        pos = np.zeros((rows, T + 1), np.int64)
        for r in range(rows):
            p = 0
            s = 0
            while p < T - 8:
                while len(pool) < 64:
                    d = next(it)
                    pool.append((int(min(off[d + 1] - off[d], T + 1)), d))
                room = T + 1 - p
                best = -1
                if p == 0:
                    best = 0
                else:
                    for i, (n, _) in enumerate(pool):
                        if n <= room and (best < 0 or n > pool[best][0]):
                            best = i
                if best < 0:
                    break
                n, d = pool.pop(best)
                b = off[d]
                ids[r, p : p + n] = tok[b : b + n]
                w[r, p : p + n] = WT[wt[b : b + n]]
                w[r, p] = 0
                seg[r, p : p + n] = s
                pos[r, p : p + n] = np.arange(n)
                p += n
                s += 1
        yield ids, w, seg, pos


def prep(b):
    ids, w, seg, pos = [torch.from_numpy(x) for x in b]
    T = ids.shape[1] - 1
    s = seg[:, :T]
    mask = torch.where(
        (s[:, :, None] == s[:, None, :]) & torch.ones(T, T, dtype=torch.bool).tril(), 0.0, -1e9
    )[:, None]
    y = ids[:, 1:]
    same = (seg[:, 1:] == seg[:, :-1]).float()
    return (
        ids[:, :T].contiguous(),
        pos[:, :T].contiguous(),
        mask,
        y.contiguous(),
        (w[:, 1:] * same).contiguous(),
    )


muon = []
adam = []
for n, p in m.named_parameters():
    (muon if n.split(".")[-1] in ("wqkv", "wo", "w1", "w2") else adam).append(p)
opt = torch.optim.AdamW(adam, lr=a.lr, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0)
mom = [torch.zeros_like(p) for p in muon]


def ns(G):
    A, B, C = 3.4445, -4.7750, 2.0315
    X = G / (G.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    tr = X.shape[-2] > X.shape[-1]
    if tr:
        X = X.transpose(-2, -1)
    for _ in range(5):
        M = X @ X.transpose(-2, -1)
        X = A * X + (B * M + C * (M @ M)) @ X
    return X.transpose(-2, -1) if tr else X


nqk = (c.heads * c.hd, c.kv * c.hd, c.kv * c.hd)


@torch.no_grad()
def muon_step(lr):
    us = []
    for i, (p, b) in enumerate(zip(muon, mom)):
        b.mul_(0.95).add_(p.grad)
        if i % a.world != a.rank:
            us.append(torch.zeros_like(p))
            continue
        g = p.grad.add(b, alpha=0.95)
        if p.dim() == 2 and p.shape[0] == sum(nqk) and p.shape[1] == c.hidden:
            u = torch.cat([ns(x) * max(1, x.shape[0] / x.shape[1]) ** 0.5 for x in g.split(nqk)])
        elif p.dim() == 3 and p.shape[1] == 2 * c.inter and p.shape[2] == c.hidden:
            E = p.shape[0]
            u = (ns(g.view(E * 2, c.inter, c.hidden)) * max(1, c.inter / c.hidden) ** 0.5).view_as(p)
        else:
            u = ns(g) * max(1, p.shape[-2] / p.shape[-1]) ** 0.5
        us.append(u)
    if a.world > 1:
        flat = torch.cat([u.reshape(-1) for u in us])
        dist.all_reduce(flat)
        o = 0
        us = []
        for p in muon:
            us.append(flat[o : o + p.numel()].view_as(p))
            o += p.numel()
    for p, u in zip(muon, us):
        p.mul_(1 - lr * 0.02).add_(u, alpha=-lr)


LEN = np.diff(off)
SH = np.where(LEN <= 129)[0]
LO = np.where(LEN > 129)[0]
SH = SH[SH >= nval]
LO = LO[LO >= nval]
frs = LEN[SH].sum() / (LEN[SH].sum() + LEN[LO].sum())
TA = 128
rA = max(1, round(a.rows * a.T * frs / TA))
rB = max(1, round(a.rows * a.T * (1 - frs) / a.T))
gA = batches(SH, None, 10 + a.rank, rA, TA)
gB = batches(LO, None, 50 + a.rank, rB, a.T)
vgen = batches(0, nval, 5, a.rows, a.T)
vb = [prep(next(vgen)) for _ in range(6)]
params = muon + adam
if a.rank == 0:
    os.makedirs(a.out, exist_ok=True)
    print(
        "params %.2fM active %.2fM (incl. tied head) nonemb-active %.2fM docs %d tokens %.1fM"
        % (tot / 1e6, act / 1e6, (act - c.vocab * c.hidden) / 1e6, ND, len(tok) / 1e6),
        c.d(),
        flush=True,
    )
    log = open(a.out + "/log.txt", "a")
    json.dump(c.d(), open(a.out + "/cfg.json", "w"))

TK = tokenizer.Tok(a.data + "/tokenizer.json")
EOT = TK.sp["<|im_end|>"]
EOD = TK.sp["<|endoftext|>"]
PR = [
    "Tell me a story about a brave mouse.",
    "Hello! Who are you?",
    "What is the capital of Italy?",
    "What is 7 + 5?",
    "Where is my order 48213?",
    "Write a poem about the moon.",
]


def save(tag):
    torch.save(dict(m=m.state_dict(), cfg=c.d()), a.out + f"/ck_{tag}.pt")


def sample(tag):
    with open(a.out + "/samples.txt", "a") as f:
        f.write(f"===== {tag}\n")
        for q in PR:
            ids = TK.enc(f"<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n")
            f.write(f"[{q}] " + TK.dec(m.generate(ids, 170, stop=(EOT, EOD))) + "\n")


@torch.no_grad()
def evalv():
    s = n = 0
    for b in vb:
        l, _ = m.loss(*b)
        W = float(b[4].sum())
        s += float(l) * W
        n += W
    return s / n


t0 = time.time()
step = 0
seen = 0
c0 = time.process_time()
lastck = t0
ema = None
tmax = a.minutes * 60
tt = dict(data=0, fb=0, ar=0, opt=0)
warm = 60
while True:
    fr = (time.time() - t0) / tmax
    if a.world > 1:
        x = torch.tensor([fr])
        dist.broadcast(x, 0)
        fr = float(x)
    if fr >= 1 or (a.bench and step >= a.bench):
        break
    sc = min(1, (step + 1) / warm) * (1 if fr < 0.4 else max(0.02, (1 - fr) / 0.6))
    q0 = time.time()
    bs = [prep(next(gA)), prep(next(gB))]
    q1 = time.time()
    ws = [float(b[4].sum()) for b in bs]
    W = sum(ws)
    ls = 0.0
    for b, w_ in zip(bs, ws):
        l, aux = m.loss(*b)
        ((l + a.aux * aux) * (w_ / W)).backward()
        ls += float(l) * w_ / W
    l = ls
    q2 = time.time()
    if a.world > 1:
        flat = torch.cat([p.grad.view(-1) for p in params])
        dist.all_reduce(flat)
        flat.div_(a.world)
        o = 0
        for p in params:
            n = p.numel()
            p.grad.copy_(flat[o : o + n].view_as(p))
            o += n
    q3 = time.time()
    torch.nn.utils.clip_grad_norm_(adam, 1.0)
    for g in opt.param_groups:
        g["lr"] = a.lr * sc
    opt.step()
    muon_step(a.mlr * sc)
    for p in params:
        p.grad = None
    q4 = time.time()
    tt["data"] += q1 - q0
    tt["fb"] += q2 - q1
    tt["ar"] += q3 - q2
    tt["opt"] += q4 - q3
    step += 1
    seen += (rA * TA + rB * a.T) * a.world
    ema = float(l) if ema is None else 0.95 * ema + 0.05 * float(l)
    if a.rank == 0 and (step % 50 == 0 or (a.bench and step % 5 == 0)):
        ld = torch.stack([x.load for x in m.blocks])
        s = (
            "step %d t %.1f min tok %.2fM tok/s %.0f cpu-tok/s %.0f loss %.4f aux %.3f load %.3f-%.3f lr %.2f | %s"
            % (
                step,
                (time.time() - t0) / 60,
                seen / 1e6,
                seen / (time.time() - t0),
                seen / a.world / (time.process_time() - c0),
                ema,
                float(aux),
                float(ld.min()),
                float(ld.max()),
                sc,
                " ".join("%s %.2f" % (k, v / step) for k, v in tt.items()),
            )
        )
        if step % 200 == 0:
            s += " VAL %.4f" % evalv()
        print(s, flush=True)
        log.write(s + "\n")
        log.flush()
    if a.rank == 0 and not a.bench and time.time() - lastck > 300:
        lastck = time.time()
        save("last")
        sample("step %d %.1f min %.2fM tokens loss %.4f" % (step, (time.time() - t0) / 60, seen / 1e6, ema))
if a.rank == 0 and not a.bench:
    save("final")
    sample("FINAL step %d tokens %.2fM" % (step, seen / 1e6))
    s = "FINAL VAL %.4f step %d tok %.2fM time %.1f" % (evalv(), step, seen / 1e6, (time.time() - t0) / 60)
    print(s)
    log.write(s + "\n")
    log.flush()
