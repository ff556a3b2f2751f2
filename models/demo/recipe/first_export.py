"""first_export.py CHECKPOINT DATA OUT [bf16|f32]: the first model's directory, with tokenizer and chat template."""

import json
import os
import shutil
import sys

import torch

from first_model import Cfg, Model, export_hf

ck = torch.load(sys.argv[1])
c = Cfg(**ck["cfg"])
m = Model(c)
m.load_state_dict(ck["m"])
out = sys.argv[3]
os.makedirs(out, exist_ok=True)
dt = sys.argv[4] if len(sys.argv) > 4 else "bf16"
n = export_hf(m, out, dt)
shutil.copy(sys.argv[2] + "/tokenizer.json", out + "/tokenizer.json")
TPL = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\nYou are provided with function signatures within <tools></tools> XML tags:\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>\\n\\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\\n<tool_call>\\n{\\"name\\": <function-name>, \\"arguments\\": <args-json-object>}\\n</tool_call><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if message.content %}{{- message.content }}{%- endif %}
        {%- if message.tool_calls %}
            {%- for tc in message.tool_calls %}
                {%- if (loop.first and message.content) or (not loop.first) %}{{- '\\n' }}{%- endif %}
                {%- if tc.function %}{%- set tc = tc.function %}{%- endif %}
                {{- '<tool_call>\\n{"name": "' + tc.name + '", "arguments": ' }}
                {%- if tc.arguments is string %}{{- tc.arguments }}{%- else %}{{- tc.arguments | tojson }}{%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}"""
tj = json.load(open(out + "/tokenizer.json"))
added = {
    str(a["id"]): dict(
        content=a["content"],
        lstrip=False,
        normalized=False,
        rstrip=False,
        single_word=False,
        special=a["special"],
    )
    for a in tj["added_tokens"]
}
json.dump(
    dict(
        add_bos_token=False,
        add_prefix_space=False,
        added_tokens_decoder=added,
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        bos_token=None,
        chat_template=TPL,
        clean_up_tokenization_spaces=False,
        eos_token="<|im_end|>",
        errors="replace",
        model_max_length=2048,
        pad_token="<|endoftext|>",
        split_special_tokens=False,
        tokenizer_class="Qwen2Tokenizer",
        unk_token=None,
    ),
    open(out + "/tokenizer_config.json", "w"),
    indent=2,
    ensure_ascii=False,
)
v = tj["model"]["vocab"]
json.dump(v, open(out + "/vocab.json", "w"), ensure_ascii=False)
open(out + "/merges.txt", "w").write(
    "#version: 0.2\n" + "\n".join(" ".join(x) for x in tj["model"]["merges"]) + "\n"
)
eos = [c.vocab - 7, c.vocab - 9]
json.dump(
    dict(
        do_sample=True,
        temperature=0.6,
        top_p=0.9,
        top_k=20,
        eos_token_id=eos,
        pad_token_id=c.vocab - 9,
        max_new_tokens=256,
        transformers_version="4.51.0",
    ),
    open(out + "/generation_config.json", "w"),
    indent=2,
)
print("exported", n, "bytes of tensors")
