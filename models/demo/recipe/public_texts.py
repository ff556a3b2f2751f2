"""Reads the public texts below corpora/ as documents of generator.py; only freely licensed stories are kept."""

import glob
import json
import re

C = "corpora/"


def storybooks():
    out = []
    lic = {}
    for d in ("asp_storybook", "pratham"):
        for f in sorted(glob.glob(C + d + "/en/*.md")):
            if f.endswith("README.md"):
                continue
            t = open(f, encoding="utf8").read()
            m = re.search(r"License: *\[([^\]]*)\]", t)
            l = m.group(1) if m else "?"
            lic[(d, l)] = lic.get((d, l), 0) + 1
            if l not in ("CC-BY", "CC0", "Public domain", "Public Domain"):
                continue
            body = re.sub(
                r"\n\* (License|Text|Illustration|Translation|Language|Adaptation|Original).*",
                "",
                t,
                flags=re.S,
            )
            title = re.match(r"# *(.*)", body)
            title = title.group(1).strip() if title else ""
            body = re.sub(r"^#.*$", "", body, flags=re.M)
            body = re.sub(r"[“”]", '"', body).replace("’", "'").replace("‘", "'")
            body = "\n".join(re.sub(r"\s+", " ", p).strip() for p in re.split(r"\n\s*\n", body) if p.strip())
            if sum(ord(c) > 127 for c in body) > 20 or len(body) < 200:
                continue
            out.append(dict(k="book", t=body, title=title))
    return out, lic


def taskmaster():
    out = []
    for f in sorted(glob.glob(C + "taskmaster4/TM-4-2024/data/*.json")):
        for c in json.load(open(f)):
            m = []
            for u in c["utterances"]:
                t = u["text"].strip()
                if not t:
                    continue
                if m and m[-1][0] == u["speaker"]:
                    m[-1][1] += " " + t
                else:
                    m.append([u["speaker"], t])
            if len(m) < 2 or m[0][0] != "user":
                continue
            if m[-1][0] != "assistant":
                m = m[:-1]
            if any(r not in ("user", "assistant") for r, _ in m):
                continue
            out.append(dict(k="coffee", m=[["system", "You take orders in a coffee shop."]] + m))
    return out


def gsm():
    return [json.loads(l) for l in open(C + "gsm8k/train.jsonl")]
