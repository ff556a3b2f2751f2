"""EXACT=1 check_export.py CHECKPOINT MODEL_DIR: the export in transformers against the trainer's own forward pass.

Also measures how often the MTP layer's draft is accepted, and prints sample answers.
"""

import copy
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, Qwen3_5MoeForCausalLM

from model import Cfg, Net

torch.set_grad_enabled(False)
torch.set_num_threads(2)
d = sys.argv[2]
hf, info = Qwen3_5MoeForCausalLM.from_pretrained(d, dtype=torch.float32, output_loading_info=True)
hf.eval()
tk = AutoTokenizer.from_pretrained(d)
print(
    "loading:",
    {k: sorted(v)[:4] if len(v) > 4 else sorted(v) for k, v in info.items() if v},
    "parameters",
    sum(p.numel() for p in hf.parameters()),
    "tied",
    hf.lm_head.weight.data_ptr() == hf.model.embed_tokens.weight.data_ptr(),
)
ck = torch.load(sys.argv[1], weights_only=True)
net = Net(Cfg(**ck["cfg"]))
for k in net.P:
    net.P[k].copy_(ck["P"][k].to(torch.bfloat16))
net.pack()
S = load_file(d + "/model.safetensors")
# MTP layer: fc(norm(embed(next)), norm(hidden)) -> one attention layer -> norm -> shared head
text = hf.model
H = hf.config.hidden_size


def norm(k):
    return (lambda m: (m.weight.copy_(S[k].float()), m)[1])(type(text.norm)(H, eps=hf.config.rms_norm_eps))


lay = copy.deepcopy(text.layers[-1])
print(
    "mtp:",
    lay.load_state_dict(
        {k[len("mtp.layers.0.") :]: v.float() for k, v in S.items() if k.startswith("mtp.layers.0.")}
    ),
)
ne, nh, nn_, fc = (
    norm("mtp.pre_fc_norm_embedding.weight"),
    norm("mtp.pre_fc_norm_hidden.weight"),
    norm("mtp.norm.weight"),
    S["mtp.fc.weight"].float(),
)


def mtp(ids):
    hid = text(input_ids=ids[None], use_cache=False).last_hidden_state
    n = len(ids) - 1
    z = torch.cat([ne(text.embed_tokens(ids[None, 1:])), nh(hid[:, :-1])], -1) @ fc.t()
    rot = text.rotary_emb(z, torch.arange(1, n + 1)[None, None].expand(3, 1, n))
    z = lay(
        z,
        position_embeddings=rot,
        attention_mask=torch.full((n, n), float("-inf")).triu(1)[None, None],
        position_ids=torch.arange(1, n + 1)[None],
    )
    z = z[0] if isinstance(z, tuple) else z
    return hf.lm_head(nn_(z))[0], hf.lm_head(hid)[0]


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather for a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "get_order_status",
            "description": "Get the status of an order",
            "parameters": {
                "type": "object",
                "properties": {"order_id": {"type": "string"}},
                "required": ["order_id"],
            },
        },
    },
]
CHATS = [
    (None, None, ["Tell me a story about a brave mouse."]),
    (None, None, ["What is the capital of Italy?"]),
    (None, None, ["Hello! My name is Ada.", "What is my name?", "Tell me a joke."]),
    (
        "You are a customer support agent.",
        None,
        ["Where is my order?", "My order number is 48213.", "Thank you!"],
    ),
    (None, None, ["I want to return my headphones.", "B7741"]),
    (None, TOOLS, ["What is the weather in Oslo?", ("tool", '{"weather": "rainy", "temperature": 7}')]),
    (None, TOOLS, ["Where is my order A1234?"]),
    (None, None, ["What is 7 + 5?"]),
    (None, None, ["Write a poem about the moon."]),
    (None, None, ["Why is the sky blue?"]),
    (None, None, ["Who are you?"]),
    (None, None, ["Explain quantum mechanics."]),
]
worst = 0
hit = tot = 0
out = []
for system, tools, turns in CHATS:
    ms = [dict(role="system", content=system)] if system else []
    out.append("---")
    for t in turns:
        ms.append(dict(role="tool", content=t[1]) if isinstance(t, tuple) else dict(role="user", content=t))
        out.append(("tool: " if isinstance(t, tuple) else "user: ") + (t[1] if isinstance(t, tuple) else t))
        s = tk.apply_chat_template(ms, tools=tools, add_generation_prompt=True, tokenize=False)
        ids = tk(s, return_tensors="pt").input_ids[0]
        g = hf.generate(
            ids[None], attention_mask=torch.ones_like(ids)[None], do_sample=False, max_new_tokens=230
        )[0]
        a = (
            tk.decode(g[len(ids) :], skip_special_tokens=False)
            .replace("<|im_end|>", "")
            .replace("<|endoftext|>", "")
        )
        ms.append(dict(role="assistant", content=a))
        out.append("model: " + a)
        ref = hf(input_ids=g[None], use_cache=False).logits[0]
        mine = net.logits(g.tolist())
        worst = max(worst, float((ref - mine).abs().max()))
        m, main = mtp(g)
        b = len(ids) - 1
        hit += int((m.argmax(-1)[b:-1] == main.argmax(-1)[b + 1 : -1]).sum())
        tot += len(g) - len(ids) - 1
print("\n".join(out))
print(
    "\nlargest logit difference trainer - transformers: %.2e (logit std %.2f); MTP draft accepted %d of %d = %.1f %%"
    % (worst, float(ref.std()), hit, tot, 100 * hit / max(1, tot))
)
