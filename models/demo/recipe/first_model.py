"""The first model: Qwen3-MoE, 5 layers, 8 experts. The hybrid model starts from its weights."""

import json
import math
import struct

import torch
import torch.nn as nn
import torch.nn.functional as F


class Cfg:
    vocab = 4096
    hidden = 192
    layers = 5
    heads = 6
    kv = 2
    hd = 32
    experts = 8
    topk = 2
    inter = 128
    theta = 10000.0
    eps = 1e-6

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
                "heads",
                "kv",
                "hd",
                "experts",
                "topk",
                "inter",
                "theta",
                "eps",
            )
        }


class RMS(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, eps):
        r = torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)
        n = x * r
        ctx.save_for_backward(n, r, w)
        return n * w

    @staticmethod
    def backward(ctx, g):
        n, r, w = ctx.saved_tensors
        gw = (g * n).reshape(-1, w.numel()).sum(0)
        gn = g * w
        gx = (gn - n * (gn * n).mean(-1, keepdim=True)).mul_(r)
        return gx, gw, None


class Norm(nn.Module):
    def __init__(self, d, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.eps = eps

    def forward(self, x):
        return RMS.apply(x, self.weight, self.eps)


class MoEFn(torch.autograd.Function):
    """x[N,H], w[N,k] routing weights, idx[N,k]; W1[E,2I,H], W2[E,H,I]"""

    @staticmethod
    def forward(ctx, x, w, idx, W1, W2):
        N, K = idx.shape
        E = W1.shape[0]
        I = W2.shape[2]
        flat = idx.reshape(-1)
        order = torch.argsort(flat, stable=True)
        cnt = torch.bincount(flat, minlength=E).tolist()
        tok = order // K
        xs = x.index_select(0, tok)
        ws = w.reshape(-1).index_select(0, order)
        h = torch.empty(N * K, 2 * I)
        o = 0
        for e, c in enumerate(cnt):
            if c:
                torch.mm(xs[o : o + c], W1[e].t(), out=h[o : o + c])
            o += c
        g = h[:, :I]
        u = h[:, I:]
        sg = torch.sigmoid(g)
        act = (g * sg).mul_(u)
        y = torch.empty(N * K, x.shape[1])
        o = 0
        for e, c in enumerate(cnt):
            if c:
                torch.mm(act[o : o + c], W2[e].t(), out=y[o : o + c])
            o += c
        out = torch.zeros_like(x)
        out.index_add_(0, tok, y * ws[:, None])
        ctx.save_for_backward(xs, ws, tok, order, h, sg, act, y, W1, W2)
        ctx.cnt = cnt
        ctx.shape = (N, K)
        return out

    @staticmethod
    def backward(ctx, go):
        xs, ws, tok, order, h, sg, act, y, W1, W2 = ctx.saved_tensors
        N, K = ctx.shape
        I = W2.shape[2]
        cnt = ctx.cnt
        gs = go.index_select(0, tok)
        gw = torch.empty(N * K)
        gw[order] = (gs * y).sum(1)
        gy = gs.mul_(ws[:, None])
        gW1 = torch.zeros_like(W1)
        gW2 = torch.zeros_like(W2)
        ga = torch.empty_like(act)
        o = 0
        for e, c in enumerate(cnt):
            if c:
                torch.mm(gy[o : o + c], W2[e], out=ga[o : o + c])
                torch.mm(gy[o : o + c].t(), act[o : o + c], out=gW2[e])
            o += c
        g = h[:, :I]
        u = h[:, I:]
        gh = torch.empty_like(h)
        sl = g * sg
        gh[:, I:].copy_(ga * sl)
        gh[:, :I].copy_(ga.mul_(u).mul_(sg + sl * (1 - sg)))
        gx = torch.empty_like(xs)
        o = 0
        for e, c in enumerate(cnt):
            if c:
                torch.mm(gh[o : o + c], W1[e], out=gx[o : o + c])
                torch.mm(gh[o : o + c].t(), xs[o : o + c], out=gW1[e])
            o += c
        gxo = torch.zeros_like(go)
        gxo.index_add_(0, tok, gx)
        return gxo, gw.view(N, K), None, gW1, gW2


class CE(torch.autograd.Function):
    """fused lm_head + weighted cross entropy, computed in row chunks (only rows with weight>0)"""

    @staticmethod
    def forward(ctx, x, W, y, w):
        gx = torch.zeros_like(x)
        gW = torch.zeros_like(W)
        tot = w.sum().clamp(min=1e-6)
        loss = x.new_zeros(())
        x.new_zeros(())
        rows = torch.nonzero(w > 0).squeeze(1)
        for r in rows.split(1024):
            xc = x.index_select(0, r)
            lg = xc @ W.t()
            yc = y[r]
            wc = w[r] / tot
            m = lg.max(1, keepdim=True)[0]
            lg.sub_(m)
            tgt = lg.gather(1, yc[:, None]).squeeze(1).clone()
            lg.exp_()
            s = lg.sum(1, keepdim=True)
            nll = s.log().squeeze(1) - tgt
            loss += (nll * wc).sum()
            lg.mul_((wc[:, None] / s))
            lg[torch.arange(len(r)), yc] -= wc
            gx.index_copy_(0, r, lg @ W)
            gW.addmm_(lg.t(), xc)
        ctx.save_for_backward(gx, gW)
        return loss

    @staticmethod
    def backward(ctx, g):
        gx, gW = ctx.saved_tensors
        return gx * g, gW * g, None, None


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        H = c.hidden
        self.c = c
        self.ln1 = Norm(H, c.eps)
        self.ln2 = Norm(H, c.eps)
        self.qn = Norm(c.hd, c.eps)
        self.kn = Norm(c.hd, c.eps)
        std = 0.02
        self.wqkv = nn.Parameter(torch.randn((c.heads + 2 * c.kv) * c.hd, H) / math.sqrt(H))
        self.wo = nn.Parameter(
            torch.randn(H, c.heads * c.hd) / math.sqrt(c.heads * c.hd) / math.sqrt(2 * c.layers)
        )
        self.router = nn.Parameter(torch.randn(c.experts, H) * std)
        self.w1 = nn.Parameter(torch.randn(c.experts, 2 * c.inter, H) / math.sqrt(H))
        self.w2 = nn.Parameter(
            torch.randn(c.experts, H, c.inter) / math.sqrt(c.inter) / math.sqrt(2 * c.layers)
        )

    def forward(self, x, cos, sin, mask, cache=None):
        c = self.c
        B, T, H = x.shape
        h = self.ln1(x)
        qkv = h.view(-1, H) @ self.wqkv.t()
        qkv = qkv.view(B, T, c.heads + 2 * c.kv, c.hd)
        q = self.qn(qkv[:, :, : c.heads].contiguous())
        k = self.kn(qkv[:, :, c.heads : c.heads + c.kv].contiguous())
        v = qkv[:, :, c.heads + c.kv :]
        qk = torch.cat([q, k], 2)
        hf = c.hd // 2
        a, b = qk[..., :hf], qk[..., hf:]
        qk = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
        q = qk[:, :, : c.heads]
        k = qk[:, :, c.heads :]
        if cache is not None:
            if "k" in cache:
                k = torch.cat([cache["k"], k], 1)
                v = torch.cat([cache["v"], v], 1)
            cache["k"], cache["v"] = k, v
        g = c.heads // c.kv
        S = k.shape[1]
        q = q.reshape(B, T, c.kv, g, c.hd).permute(0, 2, 3, 1, 4).reshape(B * c.kv, g * T, c.hd)
        k = k.permute(0, 2, 3, 1).reshape(B * c.kv, c.hd, S)
        v = v.permute(0, 2, 1, 3).reshape(B * c.kv, S, c.hd)
        att = (
            torch.bmm(q, k).mul_(1 / math.sqrt(c.hd))
            if not q.requires_grad
            else torch.bmm(q * (1 / math.sqrt(c.hd)), k)
        )
        att = att.view(B, c.kv * g, T, S)
        if mask is not None:
            att = att + mask
        att = torch.softmax(att, -1).view(B * c.kv, g * T, S)
        o = torch.bmm(att, v).view(B, c.kv, g, T, c.hd).permute(0, 3, 1, 2, 4).reshape(B * T, c.heads * c.hd)
        x = x + (o @ self.wo.t()).view(B, T, H)
        h = self.ln2(x).view(-1, H)
        p = torch.softmax(h @ self.router.t(), -1)
        w, idx = p.topk(c.topk, -1)
        w = w / w.sum(-1, keepdim=True)
        if self.training:
            f = torch.bincount(idx.reshape(-1), minlength=c.experts).float() / idx.shape[0]
            self.aux = (f * p.mean(0)).sum() * c.experts / c.topk
            self.load = f / c.topk
        return x + MoEFn.apply(h, w.contiguous(), idx, self.w1, self.w2).view(B, T, H)


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.emb = nn.Parameter(torch.randn(c.vocab, c.hidden) * 0.02)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.hidden, c.eps)
        inv = 1.0 / (c.theta ** (torch.arange(0, c.hd, 2).float() / c.hd))
        f = torch.outer(torch.arange(4096).float(), inv)
        self.cos = f.cos()
        self.sin = f.sin()

    def hidden(self, ids, pos, mask, caches=None):
        x = F.embedding(ids, self.emb)
        cos = self.cos[pos][:, :, None, :]
        sin = self.sin[pos][:, :, None, :]
        for i, b in enumerate(self.blocks):
            x = b(x, cos, sin, mask, None if caches is None else caches[i])
        return self.norm(x)

    def loss(self, ids, pos, mask, y, w):
        h = self.hidden(ids, pos, mask)
        l = CE.apply(h.view(-1, self.c.hidden), self.emb, y.reshape(-1), w.reshape(-1))
        aux = sum(b.aux for b in self.blocks) / self.c.layers
        return l, aux

    @torch.no_grad()
    def generate(self, ids, n, temp=0.0, top_p=1.0, stop=(), gen=None):
        self.eval()
        caches = [{} for _ in self.blocks]
        x = torch.tensor([ids])
        T = x.shape[1]
        out = []
        mask = torch.full((T, T), -1e9).triu(1)
        pos = torch.arange(T)[None]
        for i in range(n):
            h = self.hidden(x, pos, mask, caches)[:, -1]
            lg = (h @ self.emb.t())[0]
            if temp == 0:
                t = int(lg.argmax())
            else:
                p = torch.softmax(lg / temp, -1)
                sp, si = p.sort(descending=True)
                k = int((sp.cumsum(0) < top_p).sum()) + 1
                sp = sp[:k] / sp[:k].sum()
                t = int(si[torch.multinomial(sp, 1, generator=gen)])
            if t in stop:
                break
            out.append(t)
            x = torch.tensor([[t]])
            mask = None
            pos = torch.tensor([[T + i]])
        self.train()
        return out


def export_hf(m, d, dtype="bf16"):
    """write model.safetensors by hand + config.json"""
    c = m.c
    sd = {}
    sd["model.embed_tokens.weight"] = m.emb
    sd["model.norm.weight"] = m.norm.weight
    for i, b in enumerate(m.blocks):
        p = f"model.layers.{i}."
        nq, nk = c.heads * c.hd, c.kv * c.hd
        sd[p + "input_layernorm.weight"] = b.ln1.weight
        sd[p + "post_attention_layernorm.weight"] = b.ln2.weight
        sd[p + "self_attn.q_proj.weight"] = b.wqkv[:nq]
        sd[p + "self_attn.k_proj.weight"] = b.wqkv[nq : nq + nk]
        sd[p + "self_attn.v_proj.weight"] = b.wqkv[nq + nk :]
        sd[p + "self_attn.o_proj.weight"] = b.wo
        sd[p + "self_attn.q_norm.weight"] = b.qn.weight
        sd[p + "self_attn.k_norm.weight"] = b.kn.weight
        sd[p + "mlp.gate.weight"] = b.router
        for e in range(c.experts):
            q = p + f"mlp.experts.{e}."
            sd[q + "gate_proj.weight"] = b.w1[e, : c.inter]
            sd[q + "up_proj.weight"] = b.w1[e, c.inter :]
            sd[q + "down_proj.weight"] = b.w2[e]
    hdr = {"__metadata__": {"format": "pt"}}
    blobs = []
    off = 0
    for k, v in sd.items():
        t = v.detach().contiguous().float()
        if dtype == "bf16":
            raw = t.to(torch.bfloat16).view(torch.int16).numpy().tobytes()
            name = "BF16"
        else:
            raw = t.numpy().tobytes()
            name = "F32"
        hdr[k] = dict(dtype=name, shape=list(t.shape), data_offsets=[off, off + len(raw)])
        blobs.append(raw)
        off += len(raw)
    h = json.dumps(hdr, separators=(",", ":")).encode()
    h += b" " * ((8 - len(h) % 8) % 8)
    with open(d + "/model.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(h)))
        f.write(h)
        for b in blobs:
            f.write(b)
    cfg = dict(
        architectures=["Qwen3MoeForCausalLM"],
        model_type="qwen3_moe",
        attention_bias=False,
        attention_dropout=0.0,
        bos_token_id=None,
        eos_token_id=c.vocab - 7,
        pad_token_id=c.vocab - 9,
        decoder_sparse_step=1,
        head_dim=c.hd,
        hidden_act="silu",
        hidden_size=c.hidden,
        initializer_range=0.02,
        intermediate_size=c.inter * c.topk,
        max_position_embeddings=2048,
        max_window_layers=c.layers,
        mlp_only_layers=[],
        moe_intermediate_size=c.inter,
        norm_topk_prob=True,
        num_attention_heads=c.heads,
        num_experts=c.experts,
        num_experts_per_tok=c.topk,
        num_hidden_layers=c.layers,
        num_key_value_heads=c.kv,
        output_router_logits=False,
        rms_norm_eps=c.eps,
        rope_scaling=None,
        rope_theta=c.theta,
        router_aux_loss_coef=0.001,
        sliding_window=None,
        tie_word_embeddings=True,
        torch_dtype="bfloat16" if dtype == "bf16" else "float32",
        transformers_version="4.51.0",
        use_cache=True,
        use_sliding_window=False,
        vocab_size=c.vocab,
    )
    json.dump(cfg, open(d + "/config.json", "w"), indent=2)
    return off
