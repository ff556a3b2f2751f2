"""Compares the hand-written forward and backward pass with transformers and autograd, in float32."""

import torch
import torch.nn.functional as F
from transformers import Qwen3_5MoeForCausalLM, Qwen3_5MoeTextConfig

import checkpoint_names
from model import Cfg, Net, bf16

torch.set_num_threads(2)
c = Cfg(layers=4)
net = Net(c, 3)
g = torch.Generator().manual_seed(5)
for k, v in net.P.items():
    n = k.split(".")[-1]
    if n in ("ln1", "ln2", "norm", "qn", "kn", "nw", "ne", "nh", "dt"):
        v.add_(torch.randn(v.shape, generator=g) * 0.2)
    if n in ("wr",):
        v.mul_(10)
    if n == "wba":
        v.mul_(10)
    if n in ("wo", "w2", "s2"):
        v.mul_(3)
    if n == "emb":
        v.mul_(3)
for k, v in net.P.items():
    v.copy_(v.to(bf16).float())
net.pack()
d = checkpoint_names.config(c)
cfg = Qwen3_5MoeTextConfig(
    **{
        k: v
        for k, v in d.items()
        if k not in ("architectures", "model_type", "torch_dtype", "rope_theta", "partial_rotary_factor")
    },
    rope_parameters=dict(rope_type="default", rope_theta=c.theta, partial_rotary_factor=c.rot / c.hd),
)
cfg._attn_implementation = "eager"
hf = Qwen3_5MoeForCausalLM(cfg).float()
sd = checkpoint_names.names(net.P, c)
miss = hf.load_state_dict({k: v for k, v in sd.items() if not k.startswith("mtp")}, strict=False)
print(miss)
lens = [37, 5, 64, 100, 1, 50]
N = sum(lens)
ids = torch.randint(0, 4087, (N,), generator=g)
off = torch.tensor([0] + lens).cumsum(0).int()
y = torch.randint(0, 4087, (N,), generator=g)
w = (torch.rand(N, generator=g) > 0.4).float()
loss, ml = net.step(ids, off, y, w, aux=0.0, mtp=0)
_, _, h = net.forward(ids, off)
lg = h.float() @ net.P["emb"].t()
ref = []
L = 0
for a, b in zip(off[:-1].tolist(), off[1:].tolist()):
    o = hf(input_ids=ids[None, a:b], use_cache=False).logits[0]
    ref.append(o.detach())
    L = L + (F.cross_entropy(o, y[a:b], reduction="none") * w[a:b]).sum()
L = L / w.sum()
L.backward()
ref = torch.cat(ref)
print("loss", loss, float(L), "logits max diff", float((lg - ref).abs().max()), "std", float(ref.std()))
leaf = {k: v.clone().requires_grad_() for k, v in net.P.items()}
m = checkpoint_names.names(leaf, c)
G = dict(hf.named_parameters())
tot = 0
for k, v in m.items():
    if k in G:
        tot = tot + (v * (G[k].grad if G[k].grad is not None else torch.zeros_like(v))).sum()
tot.backward()
bad = 0
for k in net.P:
    if k.startswith("mtp"):
        continue
    a, b = net.G[k].flatten(), leaf[k].grad.flatten()
    cs = float(F.cosine_similarity(a, b, 0))
    r = float(a.norm() / b.norm().clamp(min=1e-12))
    print("%-10s cos %.5f ratio %.4f %s" % (k, cs, r, "<<<" if cs < 0.99 or abs(r - 1) > 0.03 else ""))
