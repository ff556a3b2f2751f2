"""export.py CHECKPOINT FIRST_MODEL_DIR OUT: the model directory.

Writes config.json, generation_config.json, model.safetensors (bfloat16, fused experts); copies the tokenizer.
"""

import json
import os
import shutil
import sys

import torch
from safetensors.torch import save_file

import checkpoint_names
from model import Cfg

ck = torch.load(sys.argv[1], weights_only=True)
c = Cfg(**ck["cfg"])
old, out = sys.argv[2:4]
os.makedirs(out, exist_ok=True)
save_file(
    {k: v.to(torch.bfloat16).contiguous() for k, v in checkpoint_names.names(ck["P"], c).items()},
    out + "/model.safetensors",
    metadata={"format": "pt"},
)
json.dump(checkpoint_names.config(c), open(out + "/config.json", "w"), indent=2)
json.dump(
    dict(
        do_sample=True,
        temperature=0.6,
        top_p=0.9,
        top_k=20,
        eos_token_id=[c.vocab - 7, c.vocab - 9],
        pad_token_id=c.vocab - 9,
        max_new_tokens=256,
    ),
    open(out + "/generation_config.json", "w"),
    indent=2,
)
for f in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copyfile(f"{old}/{f}", f"{out}/{f}")
print(
    "step",
    ck["step"],
    "tokens %.2fM" % (ck["seen"] / 1e6),
    {f: os.path.getsize(f"{out}/{f}") for f in sorted(os.listdir(out))},
)
