"""The hybrid model, forward and backward by hand: Gated DeltaNet, gated attention, mixture of experts, MTP.

Weights are float32, matrix products run in bfloat16, the rest is float32 in kernels.cpp. Documents are packed one
after another without padding; every kernel stays inside a document, so each starts from a zero state, as a prompt
does.
"""

import ctypes
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
EXACT = bool(os.environ.get("EXACT"))  # float32 matrices, for checks
K = ctypes.CDLL(HERE + ("/kernels32.so" if EXACT else "/kernels.so"))
K.xent.restype = ctypes.c_double
f32 = torch.float32
bf16 = f32 if EXACT else torch.bfloat16


def ptr(x):
    return ctypes.c_void_p(x.data_ptr() if isinstance(x, torch.Tensor) else None)


def call(f, *a):
    assert all(x.is_contiguous() for x in a if isinstance(x, torch.Tensor))
    return f(
        *[
            ptr(x)
            if x is None or isinstance(x, torch.Tensor)
            else ctypes.c_float(x)
            if isinstance(x, float)
            else ctypes.c_int(x)
            for x in a
        ]
    )


class Cfg:
    vocab = 4096
    hidden = 192
    layers = 8
    every = 4  # every 4th layer is attention
    heads = 6
    kv = 2
    hd = 32
    rot = 8
    theta = 10000.0  # gated attention, rotary on 8 of 32 dimensions
    hk = 3
    hv = 6
    kern = 4  # Gated DeltaNet: key heads, value heads (32 wide), convolution
    experts = 12
    inter = 128
    shared = 128
    eps = 1e-6  # top 2

    def __init__(self, **k):
        for a, b in k.items():
            setattr(self, a, b)

    def d(self):
        return {
            k: getattr(self, k)
            for k in (
                "vocab",
                "hidden",
                "layers",
                "every",
                "heads",
                "kv",
                "hd",
                "rot",
                "theta",
                "hk",
                "hv",
                "kern",
                "experts",
                "inter",
                "shared",
                "eps",
            )
        }

    def full(self, layer):
        return layer == "mtp" or (layer + 1) % self.every == 0

    def split(self, layer):
        return (
            [self.heads * self.hd] * 2 + [self.kv * self.hd] * 2
            if self.full(layer)
            else [self.hk * self.hd] * 2 + [self.hv * self.hd] * 2
        )  # rows of win


PAD = 64


class Net:
    def __init__(self, c, seed=1):
        self.c = c
        torch.manual_seed(seed)
        H = c.hidden
        P = self.P = {}

        def N(*d):
            return torch.randn(*d)

        P["emb"] = N(c.vocab, H) * 0.02
        P["norm"] = torch.zeros(H)
        out = (2 * c.layers) ** -0.5
        for layer in [*range(c.layers), "mtp"]:
            p = f"{layer}."
            P[p + "ln1"] = torch.zeros(H)
            P[p + "ln2"] = torch.zeros(H)
            P[p + "win"] = N(sum(c.split(layer)), H) * H**-0.5
            if c.full(layer):
                P[p + "qn"] = torch.zeros(c.hd)
                P[p + "kn"] = torch.zeros(c.hd)
                P[p + "wo"] = N(H, c.heads * c.hd) * H**-0.5 * out
            else:
                C = (2 * c.hk + c.hv) * c.hd
                P[p + "wba"] = N(2 * c.hv, H) * 0.02
                P[p + "cw"] = torch.cat([N(3, C) * 0.15, 1 + N(1, C) * 0.1])
                P[p + "A"] = torch.log(torch.linspace(0.05, 2.0, c.hv))
                P[p + "dt"] = torch.full((c.hv,), -1.0)
                P[p + "nw"] = torch.ones(c.hd)
                P[p + "wo"] = N(H, c.hv * c.hd) * H**-0.5 * out
            P[p + "wr"] = N(c.experts + 1, H) * 0.02
            P[p + "w1"] = N(c.experts, 2 * c.inter, H) * H**-0.5
            P[p + "w2"] = N(c.experts, H, c.inter) * c.inter**-0.5 * out
            P[p + "s1"] = N(2 * c.shared, H) * H**-0.5
            P[p + "s2"] = N(H, c.shared) * c.shared**-0.5 * out
        P["mtp.fc"] = torch.cat([N(H, H) * 0.5 * H**-0.5, torch.eye(H)], 1)
        P["mtp.ne"] = torch.zeros(H)
        P["mtp.nh"] = torch.zeros(H)
        P["mtp.norm"] = torch.zeros(H)
        inv = c.theta ** (-torch.arange(0, c.rot, 2).float() / c.rot)
        f = torch.outer(torch.arange(4096).float(), inv)
        self.cos = f.cos().contiguous()
        self.sin = f.sin().contiguous()
        self.pack()

    def pack(self):
        """bfloat16 copies of the matrices; call after every change of the weights"""
        P = self.P
        self.W = {
            k: P[k].to(bf16) for k in P if k.split(".")[-1] in ("emb", "wo", "w1", "w2", "s1", "s2", "fc")
        }
        for layer in [*range(self.c.layers), "mtp"]:
            self.W[f"{layer}.win"] = (
                P[f"{layer}.win"] if self.c.full(layer) else torch.cat([P[f"{layer}.win"], P[f"{layer}.wba"]])
            ).to(bf16)
        self.G = {}

    def grad(self, k):
        return self.G.setdefault(k, torch.zeros_like(self.P[k]))

    def add(self, k, g):
        self.grad(k).add_(g)

    # -------- norms and layers; `off` are int32 document boundaries
    def rms(self, x, k):
        y = torch.empty(x.shape, dtype=bf16)
        call(K.rms_fwd, x, self.P[k], y, x.shape[0], x.shape[1], self.c.eps)
        return y

    def rms_back(self, g, x, k, gx):
        call(
            K.rms_bwd,
            g if g.dtype == bf16 else None,
            g if g.dtype != bf16 else None,
            x,
            self.P[k],
            gx,
            self.grad(k),
            x.shape[0],
            x.shape[1],
            self.c.eps,
        )

    def layer(self, layer, x, off):
        c = self.c
        p = f"{layer}."
        P, W = self.P, self.W
        N, H = x.shape
        nd = len(off) - 1
        E = c.experts
        h1 = self.rms(x, p + "ln1")
        u = h1 @ W[p + "win"].t()
        y = torch.empty(N, W[p + "wo"].shape[1], dtype=bf16)
        if c.full(layer):
            call(
                K.attn_fwd,
                u,
                u.shape[1],
                P[p + "qn"],
                P[p + "kn"],
                self.cos,
                self.sin,
                c.rot,
                off,
                nd,
                c.heads,
                c.kv,
                y,
                c.eps,
            )
        else:
            call(
                K.gdn_fwd,
                u,
                u.shape[1],
                P[p + "cw"],
                P[p + "A"],
                P[p + "dt"],
                P[p + "nw"],
                off,
                nd,
                c.hk,
                c.hv,
                y,
                c.eps,
            )
        x1 = x + y @ W[p + "wo"].t()
        h2 = self.rms(x1, p + "ln2")
        pr = torch.empty(N, E + 1)
        w = torch.empty(N, 2)

        def i32(n):
            return torch.empty(n, dtype=torch.int32)

        slot, tok, cnt, lo = i32(2 * N), i32(2 * N + E * PAD), i32(E), i32(E + 1)
        call(K.route, h2, P[p + "wr"], N, H, E, pr, w, slot, tok, cnt, lo, PAD)
        L = lo.tolist()
        M = L[-1]
        xs = torch.empty(M, H, dtype=bf16)
        call(K.gather, h2, tok, M, H, xs)
        hh = torch.empty(M, 2 * c.inter, dtype=bf16)
        a = torch.empty(M, c.inter, dtype=bf16)
        ys = torch.empty(M, H, dtype=bf16)
        for e in range(E):
            if L[e + 1] > L[e]:
                torch.mm(xs[L[e] : L[e + 1]], W[p + "w1"][e].t(), out=hh[L[e] : L[e + 1]])
        call(K.glu_fwd, hh, M, c.inter, a)
        for e in range(E):
            if L[e + 1] > L[e]:
                torch.mm(a[L[e] : L[e + 1]], W[p + "w2"][e].t(), out=ys[L[e] : L[e + 1]])
        hs = h2 @ W[p + "s1"].t()
        sa = torch.empty(N, c.shared, dtype=bf16)
        call(K.glu_fwd, hs, N, c.shared, sa)
        sh = sa @ W[p + "s2"].t()
        x2 = torch.empty(N, H)
        call(K.combine, x1, ys, sh, pr, w, slot, N, H, E, x2)
        return x2, (x, h1, u, y, x1, h2, pr, w, slot, tok, cnt, lo, L, xs, hh, a, ys, hs, sa, sh)

    def layer_back(self, layer, g, sv, off, aux):
        """g: gradient of the layer's output (float32), becomes the gradient of its input"""
        c = self.c
        p = f"{layer}."
        P, W = self.P, self.W
        x, h1, u, y, x1, h2, pr, w, slot, tok, cnt, lo, L, xs, hh, a, ys, hs, sa, sh = sv
        N, H = x.shape
        nd = len(off) - 1
        E = c.experts
        M = L[-1]
        gys = torch.empty_like(ys)
        gsh = torch.empty_like(sh)
        dw = torch.empty(N, 3)
        call(K.combine_bwd, g, ys, sh, pr, w, slot, tok, M, N, H, E, gys, gsh, dw)
        ga = torch.empty_like(a)
        g1, g2 = self.grad(p + "w1"), self.grad(p + "w2")
        for e in range(E):
            b, t = L[e], L[e + 1]
            if t > b:
                torch.mm(gys[b:t], W[p + "w2"][e], out=ga[b:t])
                g2[e].add_(gys[b:t].t() @ a[b:t])
        call(K.glu_bwd, ga, hh, M, c.inter)
        gxs = gys
        for e in range(E):
            b, t = L[e], L[e + 1]
            if t > b:
                torch.mm(hh[b:t], W[p + "w1"][e], out=gxs[b:t])
                g1[e].add_(hh[b:t].t() @ xs[b:t])
        self.add(p + "s2", gsh.t() @ sa)
        gsa = gsh @ W[p + "s2"]
        call(K.glu_bwd, gsa, hs, N, c.shared)
        self.add(p + "s1", hs.t() @ h2)
        gsx = hs @ W[p + "s1"]
        gh = torch.empty(N, H)
        call(
            K.route_bwd,
            h2,
            P[p + "wr"],
            gxs,
            gsx,
            pr,
            w,
            slot,
            cnt,
            lo,
            dw,
            N,
            H,
            E,
            aux,
            gh,
            self.grad(p + "wr"),
        )
        self.rms_back(gh, x1, p + "ln2", g)
        gb = g.to(bf16)
        self.add(p + "wo", gb.t() @ y)
        gy = gb @ W[p + "wo"]
        gu = torch.empty_like(u)
        if c.full(layer):
            call(
                K.attn_bwd,
                gy,
                u,
                u.shape[1],
                P[p + "qn"],
                P[p + "kn"],
                self.cos,
                self.sin,
                c.rot,
                off,
                nd,
                c.heads,
                c.kv,
                gu,
                self.grad(p + "qn"),
                self.grad(p + "kn"),
                c.eps,
            )
        else:
            call(
                K.gdn_bwd,
                gy,
                u,
                u.shape[1],
                P[p + "cw"],
                P[p + "A"],
                P[p + "dt"],
                P[p + "nw"],
                off,
                nd,
                c.hk,
                c.hv,
                gu,
                self.grad(p + "cw"),
                self.grad(p + "A"),
                self.grad(p + "dt"),
                self.grad(p + "nw"),
                c.eps,
            )
        gw = gu.t() @ h1
        n = P[p + "win"].shape[0]
        self.add(p + "win", gw[:n])
        if not c.full(layer):
            self.add(p + "wba", gw[n:])
        self.rms_back(gu @ W[p + "win"], x, p + "ln1", g)

    # -------- head: weighted cross entropy over the rows with weight; returns loss and gradient of h (bf16),
    # adds the gradient of emb
    def head(self, h, y, w, back=True, emb_grad=True, R=1024):
        E = self.W["emb"]
        rows = torch.nonzero(w > 0).squeeze(1)
        wn = w / w.sum().clamp(min=1e-6)
        loss = 0.0
        gh = torch.zeros_like(h)
        for r in rows.split(R):
            n = len(r)
            rp = F.pad(r, (0, R - n))
            wc = wn[rp]
            wc[n:] = 0
            hc = h[rp]
            lg = hc @ E.t()
            loss += call(K.xent, lg, y[rp].contiguous(), wc, R, self.c.vocab)
            if back:
                gh[r] = (lg @ E)[:n]
                if emb_grad:
                    self.add("emb", lg.t() @ hc)
        return loss, gh

    def forward(self, ids, off, keep=False):
        x = self.P["emb"][ids]
        sv = []
        for layer in range(self.c.layers):
            x, t = self.layer(layer, x, off)
            sv.append(t if keep else None)
        return x, sv, self.rms(x, "norm")

    def step(self, ids, off, y, w, aux=0.01, mtp=0):
        """Loss and gradients (in self.G) of one packed batch.

        With mtp > 0 the MTP layer learns from the first mtp tokens; nothing flows back from it."""
        x, sv, h = self.forward(ids, off, True)
        loss, gh = self.head(h, y, w)
        g = torch.zeros_like(x)
        self.rms_back(gh, x, "norm", g)
        self.load = torch.stack([t[10].float() / (2 * len(ids)) for t in sv])
        for layer in reversed(range(self.c.layers)):
            self.layer_back(layer, g, sv[layer], off, aux)
            sv[layer] = None
        self.grad("emb").index_add_(0, ids, g)
        return loss, (self.mtp(ids, off, y, w, h, mtp, aux) if mtp else None)

    def mtp(self, ids, off, y, w, h, n, aux, back=True):
        o = off[off < n]
        o = torch.cat([o, torch.tensor([n], dtype=torch.int32)])
        last = (o[1:] - 1).long()
        H = self.c.hidden
        nxt = y[:n].clone()
        nxt[last] = 0
        y2 = torch.cat([y[1:n], y[:1]])
        w2 = torch.cat([w[1:n], w[:1]]).clone()
        w2[last] = 0
        e0 = self.P["emb"][nxt]
        h0 = h[:n].float()
        z = torch.cat([self.rms(e0, "mtp.ne"), self.rms(h0, "mtp.nh")], 1)
        x = (z @ self.W["mtp.fc"].t()).float()
        x2, sv = self.layer("mtp", x, o)
        hm = self.rms(x2, "mtp.norm")
        loss, gh = self.head(hm, y2, w2, back, False)
        if back:
            g = torch.zeros_like(x2)
            self.rms_back(gh, x2, "mtp.norm", g)
            self.layer_back("mtp", g, sv, o, aux)
            gb = g.to(bf16)
            self.add("mtp.fc", gb.t() @ z)
            gz = gb @ self.W["mtp.fc"]
            sink = torch.zeros_like(e0)
            self.rms_back(gz[:, :H].contiguous(), e0, "mtp.ne", sink)
            self.rms_back(gz[:, H:].contiguous(), h0, "mtp.nh", sink)
        return loss

    # -------- float32 scoring and greedy writing, through the same kernels (matrices still bfloat16)
    def logits(self, ids):
        off = torch.tensor([0, len(ids)], dtype=torch.int32)
        return self.forward(torch.tensor(ids), off)[2].float() @ self.W["emb"].float().t()

    def size(self):
        c = self.c
        t = sum(v.numel() for v in self.P.values())
        m = sum(v.numel() for k, v in self.P.items() if k.startswith("mtp."))
        ex = sum(
            v.numel()
            for k, v in self.P.items()
            if k.split(".")[-1] in ("w1", "w2") and not k.startswith("mtp")
        )
        return dict(total=t, mtp=m, main=t - m, active=t - m - ex + ex * 2 // c.experts)
