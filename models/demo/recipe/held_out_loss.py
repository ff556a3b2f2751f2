"""held_out_loss.py {new|old} CHECKPOINT DATA: loss per token on held-out generated documents, float32.

Set s2000 is drawn from mixture.py, s2001 from generator.py; assistant tokens only. EXACT=1 for the new model.
"""

import sys

import numpy as np
import torch

torch.set_grad_enabled(False)
torch.set_num_threads(2)
kind, path, data = sys.argv[1:4]
ck = torch.load(path, weights_only=True)
if kind == "old":
    from first_model import Cfg, Model

    m = Model(Cfg(**ck["cfg"]))
    m.load_state_dict(ck["m"])
    m.eval()

    def score(x):
        T = len(x) - 1
        return m.hidden(x[None, :-1], torch.arange(T)[None], torch.full((T, T), -1e9).triu(1))[0] @ m.emb.t()
else:
    from model import Cfg, Net

    net = Net(Cfg(**ck["cfg"]))
    for k in net.P:
        net.P[k].copy_(ck["P"][k].to(torch.bfloat16))
    net.pack()

    def score(x):
        return net.logits(x[:-1].tolist())


for s in (2001, 2000):
    tok = np.fromfile(f"{data}/s{s}.tokens.u16", np.uint16).astype(np.int64)
    wt = np.fromfile(f"{data}/s{s}.weights.u8", np.uint8)
    off = np.fromfile(f"{data}/s{s}.offsets.i64", np.int64)
    L = W = 0.0
    for i in range(500):
        a, b = off[i], off[i + 1]
        x = torch.from_numpy(tok[a:b])
        nll = torch.nn.functional.cross_entropy(score(x), x[1:], reduction="none")
        w = torch.from_numpy((wt[a + 1 : b] == 1).astype(np.float32))
        L += float((nll * w).sum())
        W += float(w.sum())
    print(kind, "set", s, "loss %.4f over %d tokens" % (L / W, W))
