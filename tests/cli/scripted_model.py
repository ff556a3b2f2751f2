"""A model of one layer that gives a scripted answer to any prompt, whatever its pieces are."""

import json
import struct

HEAD, HEADS, WIDTH = 16, 2, 32
CONTROLS = ["<|im_start|>", "<|im_end|>"]
CHAT = (
    "{%- for m in messages %}{{- '<|im_start|>' + m.role + ' ' + m.content + '<|im_end|>' }}{%- endfor %}"
    "{{- '<|im_start|>' }}"
)
THINKING_CHAT = CHAT.replace("'<|im_start|>' }}", "'<|im_start|><think>' }}")


def byte_letters():
    """The printable letter of each byte in a byte-level vocabulary (GPT-2's table)."""
    plain = [*range(33, 127), *range(0xA1, 0xAD), *range(0xAE, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def write_safetensors(path, tensors):
    """`tensors`: (rows, columns or None, {(row, column): value}) by name, float32."""
    header, data = {}, bytearray()
    for name, (rows, columns, values) in tensors.items():
        size = rows * (columns or 1) * 4
        begin = len(data)
        data += bytes(size)
        for (row, column), value in values.items():
            struct.pack_into("<f", data, begin + 4 * (row * (columns or 1) + column), value)
        shape = [rows] if columns is None else [rows, columns]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, begin + size]}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tensors(following):
    """Embeddings are unit vectors, which pass through a layer of zeros; the head maps each to the token after
    it."""
    count, hidden = len(following), 1 << (len(following) - 1).bit_length()

    def ones(size):
        return size, None, {(i, 0): 1.0 for i in range(size)}

    layer = "model.layers.0."
    query = HEADS * HEAD
    return hidden, {
        "model.embed_tokens.weight": (count, hidden, {(i, i): 1.0 for i in range(count)}),
        "lm_head.weight": (count, hidden, {(after, i): 10.0 for i, after in enumerate(following)}),
        "model.norm.weight": ones(hidden),
        layer + "input_layernorm.weight": ones(hidden),
        layer + "post_attention_layernorm.weight": ones(hidden),
        **{layer + f"self_attn.{name}_norm.weight": ones(HEAD) for name in "qk"},
        **{layer + f"self_attn.{name}_proj.weight": (query, hidden, {}) for name in "qkv"},
        layer + "self_attn.o_proj.weight": (hidden, query, {}),
        layer + "mlp.gate_proj.weight": (WIDTH, hidden, {}),
        layer + "mlp.up_proj.weight": (WIDTH, hidden, {}),
        layer + "mlp.down_proj.weight": (hidden, WIDTH, {}),
    }


def write_model(folder, pieces, chat_template=CHAT, ends=(), context=4096, again=False):
    """Makes `folder`: every piece becomes a token, so no two may be the same. A prompt that ends in none of them
    is answered with all; one that ends in a piece, with those after it. An answer also ends after a piece of
    `ends`, and with `again` begins anew after the last one, for ever."""
    assert len({"<think>", *pieces}) == 1 + len(pieces)
    folder.mkdir()
    letters = byte_letters()
    names = [*CONTROLS, "<think>", *pieces]
    end = 256 + CONTROLS.index("<|im_end|>")
    first = 256 + len(names) - len(pieces)
    following = [first if pieces else end] * (256 + len(names))
    for i in range(len(pieces)):
        goes_on = i + 1 < len(pieces) and pieces[i] not in ends
        following[first + i] = first + i + 1 if goes_on else end
    if again:
        following[first + len(pieces) - 1] = first
    hidden, weights = tensors(following)
    write_safetensors(folder / "model.safetensors", weights)
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    documents = {
        "tokenizer.json": {
            "version": "1.0",
            "added_tokens": [
                {"id": 256 + i, "content": name, "single_word": False, "lstrip": False, "rstrip": False}
                | {"normalized": False, "special": name in CONTROLS}
                for i, name in enumerate(names)
            ],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {"type": "BPE", "vocab": {letters[byte]: byte for byte in range(256)}, "merges": []},
        },
        "config.json": {
            "architectures": ["Qwen3ForCausalLM"],
            "model_type": "qwen3",
            "hidden_size": hidden,
            "num_hidden_layers": 1,
            "num_attention_heads": HEADS,
            "num_key_value_heads": HEADS,
            "head_dim": HEAD,
            "intermediate_size": WIDTH,
            "vocab_size": len(following),
            "rms_norm_eps": 1e-6,
            "rope_theta": 10000.0,
            "max_position_embeddings": context,
            "tie_word_embeddings": False,
            "hidden_act": "silu",
            "eos_token_id": end,
        },
        "generation_config.json": {"do_sample": False, "eos_token_id": end},
        "tokenizer_config.json": {"eos_token": "<|im_end|>", "chat_template": chat_template},
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder
