"""Byte-level BPE: learn merges, encode, decode, write tokenizer.json (split pattern of Qwen2)."""

import collections
import json

import regex

PAT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
]


def b2u():
    bs = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    cs = bs[:]
    n = 0
    for b in range(256):
        if b not in bs:
            bs.append(b)
            cs.append(256 + n)
            n += 1
    return dict(zip(bs, map(chr, cs)))


B2U = b2u()
U2B = {v: k for k, v in B2U.items()}
RX = regex.compile(PAT)
SRX = regex.compile("(" + "|".join(map(regex.escape, SPECIAL)) + ")")


def train(texts, vocab):
    cnt = collections.Counter()
    for t in texts:
        for part in SRX.split(t):
            if part in SPECIAL:
                continue
            cnt.update(RX.findall(part))
    words = [(list(B2U[b] for b in w.encode()), c) for w, c in cnt.items()]
    pairs = collections.Counter()
    where = collections.defaultdict(set)
    for i, (w, c) in enumerate(words):
        for a, b in zip(w, w[1:]):
            pairs[a, b] += c
            where[a, b].add(i)
    merges = []
    alphabet = [B2U[b] for b in range(256)]
    alphabet.sort(key=lambda u: ord(u))
    nm = vocab - 256 - len(SPECIAL)
    while len(merges) < nm:
        p = max(pairs, key=lambda k: (pairs[k], k)) if pairs else None
        if p is None or pairs[p] < 2:
            break
        merges.append(p)
        new = p[0] + p[1]
        for i in list(where[p]):
            w, c = words[i]
            for a, b in zip(w, w[1:]):
                pairs[a, b] -= c
            o = []
            j = 0
            while j < len(w):
                if j + 1 < len(w) and w[j] == p[0] and w[j + 1] == p[1]:
                    o.append(new)
                    j += 2
                else:
                    o.append(w[j])
                    j += 1
            words[i] = (o, c)
            for a, b in zip(o, o[1:]):
                pairs[a, b] += c
                where[a, b].add(i)
        pairs.pop(p, None)
    toks = alphabet + [a + b for a, b in merges]
    vocabd = {t: i for i, t in enumerate(toks)}
    assert len(vocabd) == len(toks)
    while len(toks) < vocab - len(SPECIAL):
        toks.append(f"<|unused{len(toks)}|>")
        vocabd[toks[-1]] = len(toks) - 1
    return vocabd, merges


def export(vocab, merges, d):
    n = len(vocab)
    added = [
        dict(
            id=n + i,
            content=s,
            single_word=False,
            lstrip=False,
            rstrip=False,
            normalized=False,
            special=s.startswith("<|"),
        )
        for i, s in enumerate(SPECIAL)
    ]
    tj = dict(
        version="1.0",
        truncation=None,
        padding=None,
        added_tokens=added,
        normalizer=dict(type="NFC"),
        pre_tokenizer=dict(
            type="Sequence",
            pretokenizers=[
                dict(type="Split", pattern=dict(Regex=PAT), behavior="Isolated", invert=False),
                dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False),
            ],
        ),
        post_processor=dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False),
        decoder=dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False),
        model=dict(
            type="BPE",
            dropout=None,
            unk_token=None,
            continuing_subword_prefix="",
            end_of_word_suffix="",
            fuse_unk=False,
            byte_fallback=False,
            ignore_merges=False,
            vocab=vocab,
            merges=[list(m) for m in merges],
        ),
    )
    json.dump(tj, open(d + "/tokenizer.json", "w"), ensure_ascii=False)


class Tok:
    def __init__(self, path):
        j = json.load(open(path))
        self.v = j["model"]["vocab"]
        self.rank = {tuple(m): i for i, m in enumerate(j["model"]["merges"])}
        self.sp = {a["content"]: a["id"] for a in j["added_tokens"]}
        self.id2 = {i: t for t, i in self.v.items()}
        self.id2sp = {i: t for t, i in self.sp.items()}
        self.cache = {}
        self.n = len(self.v) + len(self.sp)

    def word(self, w):
        r = self.cache.get(w)
        if r is not None:
            return r
        x = [B2U[b] for b in w.encode()]
        while len(x) > 1:
            best = min(range(len(x) - 1), key=lambda i: self.rank.get((x[i], x[i + 1]), 1 << 30))
            if (x[best], x[best + 1]) not in self.rank:
                break
            x[best : best + 2] = [x[best] + x[best + 1]]
        r = [self.v[t] for t in x]
        self.cache[w] = r
        return r

    def enc(self, t):
        o = []
        for part in SRX.split(t):
            if part in self.sp:
                o.append(self.sp[part])
            elif part:
                for w in RX.findall(part):
                    o += self.word(w)
        return o

    def dec(self, ids):
        out = b""
        for i in ids:
            if i in self.id2sp:
                out += self.id2sp[i].encode()
            else:
                out += bytes(U2B[c] for c in self.id2[i]) if not self.id2[i].startswith("<|unused") else b""
        return out.decode("utf8", "replace")
