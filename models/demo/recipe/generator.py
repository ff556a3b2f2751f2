"""Generates chats and stories from hand-written templates and facts (own work).

A document is {"k": kind, "m": [[role, text], ...]} or {"k": kind, "t": text}. q_*: one question and its answer;
d_*: one document. Run as `generator.py N SEED [FILE]` it writes JSON lines.
"""

import json
import os
import random
import re
import sys

import facts as F
import stories as S
from stories import art, spin

CAP = [l.split(":") for l in F.CAPITALS.split("\n")]
ANI = [l.split(":") for l in F.ANIMALS.split("\n")]
JOBS = [l.split(":") for l in F.JOBS.split("\n")]
USE = [l.split(":") for l in F.OBJECTS_USE.split("\n")]
DEF = [l.split(":", 1) for l in F.DEFS.split("\n")]
QA = [l.split("?:", 1) for l in F.WHYS.split("\n")]
HOW = [l.split(":", 1) for l in F.HOWTO.split("\n")]
OPP = [p.split(":") for p in F.OPPOSITES]
OPP = OPP + [[b, a] for a, b in OPP if [b, a] not in OPP]
seen = set()
OPP = [p for p in OPP if not (p[0] in seen or seen.add(p[0]))]
TR = {l: [tuple(x.replace("_", " ") for x in p.split(":")) for p in v.split()] for l, v in F.TRANS.items()}
NAMES = (
    S.GIRLS
    + S.BOYS
    + "David Maria John James Robert Linda Susan Karen Nancy Laura Kevin Brian George Edward Steven Julia Sophie Diana Victor Ivan Chen Wei Ali Fatima Priya Raj Ken Yuki Carlos Elena Marco Pierre Hans Olga Nina Amir".split()
)


def cap(s):
    return s[0].upper() + s[1:]


def low(rng, q, p=0.25):
    """user-side noise: lower case, missing punctuation, polite wrappers"""
    x = rng.random()
    if x < p:
        q = q[0].lower() + q[1:] if not q.startswith("I ") else q
    if rng.random() < 0.15:
        q = q.rstrip("?.!")
    x = rng.random()
    if x < 0.08:
        q = (
            rng.choice(
                ["Please tell me: ", "Quick question: ", "Hey, ", "Can you tell me: ", "I have a question. "]
            )
            + q
        )
    elif x < 0.18:
        q = rng.choice(["Hello! ", "Hi! ", "Hello, ", "Hi, ", "Hey! ", "Good morning! ", "Hi there! "]) + q
    if rng.random() < 0.04:
        q += rng.choice([" Thanks!", " Thank you.", " please"])
    return q


def lst(xs, last="and"):
    xs = list(xs)
    return xs[0] if len(xs) == 1 else ", ".join(xs[:-1]) + " " + last + " " + xs[-1]


# ---------- single-turn QA: each returns (question, answer)
def q_capital(rng):
    c, k, cont, lang = rng.choice(CAP)
    x = rng.random()
    if x < 0.55:
        return rng.choice(
            [
                f"What is the capital of {c}?",
                f"What is the capital city of {c}?",
                f"What's the capital of {c}?",
                f"Which city is the capital of {c}?",
                f"Tell me the capital of {c}.",
                f"Name the capital of {c}.",
                f"Do you know the capital of {c}?",
                f"capital of {c}?",
            ]
        ), rng.choice([f"The capital of {c} is {k}."] * 4 + [f"{k} is the capital of {c}."])
    if x < 0.7:
        return rng.choice(
            [
                f"Which country has the capital {k}?",
                f"{k} is the capital of which country?",
                f"In which country is {k}?",
                f"Where is {k}?",
            ]
        ), f"{k} is the capital of {c}."
    if x < 0.85:
        return rng.choice(
            [f"On which continent is {c}?", f"Where is {c}?", f"What continent is {c} in?"]
        ), f"{cap(c)} is in {cont}."
    return rng.choice(
        [
            f"What language do people speak in {c}?",
            f"Which language is spoken in {c}?",
            f"What language is spoken in {c}?",
        ]
    ), f"People in {c} speak {lang}." if rng.random() < 0.99 else ""


def q_animal(rng):
    a, k, snd, baby, legs, food, home = rng.choice(ANI)
    A = art(a)
    x = rng.randrange(6)
    if x == 0:
        return rng.choice(
            [f"What sound does {A} make?", f"What does {A} say?", f"How does {A} sound?"]
        ), f"{cap(A)} {snd}" + ("" if snd.endswith('"') else ".")
    if x == 1:
        return rng.choice(
            [f"What is a baby {a} called?", f"What do you call a baby {a}?", f"Name of a baby {a}?"]
        ), f"A baby {a} is called {art(baby)}."
    if x == 2:
        return rng.choice(
            [f"How many legs does {A} have?", f"Number of legs of {A}?"]
        ), f"{cap(A)} has {legs} legs."
    if x == 3:
        return rng.choice(
            [
                f"What does {A} eat?",
                f"What do {a}s eat?"
                if a
                not in (
                    "fox",
                    "wolf",
                    "mouse",
                    "goose",
                    "sheep",
                    "fish",
                    "deer",
                    "octopus",
                    "bee",
                    "butterfly",
                    "fly",
                )
                else f"What does {A} like to eat?",
                f"What is the food of {A}?",
            ]
        ), f"{cap(A)} eats {food}."
    if x == 4:
        return rng.choice(
            [f"Where does {A} live?", f"Where can I find {A}?"]
        ), f"{cap(A)} lives in {home}." if not home.startswith("a web") else "A spider lives in its web."
    return rng.choice([f"What kind of animal is {A}?", f"Is {A} a mammal?", f"What is {A}?"]), None


def q_animal2(rng):
    q, a = q_animal(rng)
    if a is not None:
        return q, a
    n, k = rng.choice(ANI)[:2]
    A = art(n)
    x = rng.random()
    if x < 0.4:
        return f"What kind of animal is {A}?", f"{cap(A)} is {art(k)}."
    if x < 0.7:
        return (
            f"What is {A}?",
            f"{cap(A)} is {art(k)}." if k != "sea animal" else f"{cap(A)} is a sea animal.",
        )
    return f"Is {A} a mammal?", (f"Yes, {A} is a mammal." if k == "mammal" else f"No, {A} is {art(k)}.")


def q_opp(rng):
    a, b = rng.choice(OPP)
    return rng.choice(
        [
            f"What is the opposite of {a}?",
            f'What is the opposite of "{a}"?',
            f"Opposite of {a}?",
            f"Tell me the opposite of {a}.",
            f"Which word means the opposite of {a}?",
        ]
    ), f"The opposite of {a} is {b}."


def q_color(rng):
    o, c = rng.choice(list(F.COLORS.items()))
    return rng.choice(
        [f"What color is {o}?", f"Which color is {o}?", f"What is the color of {o}?"]
    ), f"{cap(o)} is {c}." if o not in ("peas",) else "Peas are green."


def q_word(rng):
    if rng.random() < 0.5:
        a, b = rng.choice(F.PLURALS).split(":")
        return rng.choice(
            [f"What is the plural of {a}?", f'What is the plural of "{a}"?', f"Plural of {a}?"]
        ), f"The plural of {a} is {b}."
    a, b = rng.choice(F.PAST).split(":")
    return rng.choice(
        [f"What is the past tense of {a}?", f'What is the past tense of "{a}"?', f"Past tense of {a}?"]
    ), f"The past tense of {a} is {b}."


def q_math(rng):
    x = rng.random()
    if x < 0.4:
        a, b = rng.randrange(0, 21), rng.randrange(0, 21)
        if rng.random() < 0.3:
            a, b = rng.randrange(0, 100), rng.randrange(0, 10)
        return rng.choice(
            [
                f"What is {a} + {b}?",
                f"What is {a} plus {b}?",
                f"{a} + {b} = ?",
                f"{a}+{b}?",
                f"How much is {a} plus {b}?",
                f"Calculate {a} + {b}.",
                f"Add {a} and {b}.",
            ]
        ), rng.choice([f"{a} + {b} = {a + b}."] * 3 + [f"{a} plus {b} is {a + b}."])
    if x < 0.65:
        a = rng.randrange(0, 31)
        b = rng.randrange(0, a + 1)
        return rng.choice(
            [
                f"What is {a} - {b}?",
                f"What is {a} minus {b}?",
                f"{a} - {b} = ?",
                f"How much is {a} minus {b}?",
                f"Subtract {b} from {a}.",
            ]
        ), f"{a} - {b} = {a - b}."
    if x < 0.85:
        a, b = rng.randrange(0, 11), rng.randrange(0, 11)
        return rng.choice(
            [
                f"What is {a} times {b}?",
                f"What is {a} x {b}?",
                f"{a} * {b} = ?",
                f"How much is {a} times {b}?",
                f"Multiply {a} by {b}.",
            ]
        ), f"{a} x {b} = {a * b}."
    if x < 0.93:
        a, b = rng.sample(range(0, 100), 2)
        return rng.choice(
            [f"Which number is larger, {a} or {b}?", f"Which is bigger, {a} or {b}?"]
        ), f"{max(a, b)} is larger than {min(a, b)}."
    n = rng.choice(S.GIRLS + S.BOYS)
    o = rng.choice(["apples", "books", "coins", "balls", "cookies", "stickers"])
    a = rng.randrange(2, 12)
    b = rng.randrange(1, 10)
    if rng.random() < 0.5:
        return (
            f"{n} has {a} {o} and gets {b} more. How many {o} does {n} have now?",
            f"{a} + {b} = {a + b}. {n} has {a + b} {o} now.",
        )
    b = rng.randrange(1, a)
    return (
        f"{n} has {a} {o} and gives away {b}. How many {o} are left?",
        f"{a} - {b} = {a - b}. {n} has {a - b} {o} left."
        if a - b > 1
        else f"{a} - {b} = 1. {n} has only one left.",
    )


def q_time(rng):
    x = rng.random()
    D, M = F.DAYS, F.MONTHS
    if x < 0.3:
        i = rng.randrange(7)
        return rng.choice(
            [f"What day comes after {D[i]}?", f"Which day comes after {D[i]}?", f"What day is after {D[i]}?"]
        ), f"{D[(i + 1) % 7]} comes after {D[i]}."
    if x < 0.45:
        i = rng.randrange(7)
        return rng.choice(
            [f"What day comes before {D[i]}?", f"Which day comes before {D[i]}?"]
        ), f"{D[(i - 1) % 7]} comes before {D[i]}."
    if x < 0.65:
        i = rng.randrange(12)
        return rng.choice(
            [f"Which month comes after {M[i]}?", f"What month comes after {M[i]}?"]
        ), f"{M[(i + 1) % 12]} comes after {M[i]}."
    if x < 0.8:
        i = rng.randrange(12)
        return f"How many days are in {M[i]}?", f"{M[i]} has {F.MONTHDAYS[i]} days." + (
            " In a leap year it has 29 days." if i == 1 else ""
        )
    i = rng.randrange(1, 13)
    o = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
    ][i - 1]
    return rng.choice(
        [f"What is the {o} month of the year?", f"Which month is the {o} month?"]
    ), f"The {o} month of the year is {M[i - 1]}."


def q_unit(rng):
    if rng.random() < 0.15:
        s, n = rng.choice(list(F.SHAPES.items()))
        return f"How many sides does {s} have?", f"{cap(s)} has {n} sides."
    u, w, n = rng.choice(F.UNITS)
    if " on" in u or " in" in u:
        return rng.choice(
            [
                f"How many {u} {w}?".replace(" on ", " are on ")
                .replace("bones in", "bones are in")
                .replace("hearts in", "hearts are in")
            ]
        ), (f"There are {n} {u} {w}." if n != "1" else "There is 1 heart in the human body.")
    return rng.choice(
        [f"How many {u} are in {w}?", f"How many {u} are there in {w}?", f"How many {u} does {w} have?"]
    ), f"There are {n} {u} in {w}."


def q_job(rng):
    j, d, p = rng.choice(JOBS)
    if rng.random() < 0.7:
        return rng.choice(
            [f"What does {art(j)} do?", f"What is {art(j)}?", f"What is the job of {art(j)}?"]
        ), f"{cap(art(j))} {d}."
    return f"Who {d}?", f"{cap(art(j))} {d}."


def q_use(rng):
    o, u = rng.choice(USE)
    pl = o.endswith("s") and o not in ("compass",)
    A = o if pl or o in ("soap",) else art(o)
    return rng.choice(
        [
            f"What is {A} used for?" if not pl else f"What are {A} used for?",
            f"What can I do with {A}?",
            f"Why do people use {A}?",
        ]
    ), rng.choice([f"You can use {A} to {u}.", f"People use {A} to {u}."])


def q_about(rng):
    x = rng.random()

    def W(t):
        return rng.choice(
            [
                f"Tell me about {t}.",
                f"What do you know about {t}?",
                f"Tell me something about {t}.",
                f"Can you tell me about {t}?",
                f"Say something about {t}.",
            ]
        )

    if x < 0.4:
        c, k, cont, lang = rng.choice(CAP)
        return W(c), rng.choice(
            [
                f"{cap(c)} is in {cont}. The capital is {k}. People there speak {lang}.",
                f"The capital of {c} is {k}. {cap(c)} is in {cont}, and people there speak {lang}.",
            ]
        )
    if x < 0.75:
        a, k, snd, baby, legs, food, home = rng.choice(ANI)
        home = "its web" if home == "a web" else home
        t = rng.choice([art(a), art(a), "the " + a])
        return W(
            t
        ), f"{cap(art(a))} is {art(k)}. It lives in {home} and eats {food}. A baby {a} is called {art(baby)}."
    t, d = rng.choice(DEF)
    return W(t), d


def q_def(rng):
    t, d = rng.choice(DEF)
    return rng.choice(
        [f"What is {t}?"] * 3
        + [
            f"What's {t}?",
            f"Define {t}.",
            f"Explain {t} in simple words.",
            f"Can you explain what {t} is?",
            f'What does "{re.sub("^(an?|the) ", "", t)}" mean?',
        ]
    ), d


def q_qa(rng):
    q, a = rng.choice(QA)
    return q + "?", a


def q_how(rng):
    t, st = rng.choice(HOW)
    st = st.split("|")
    you = t.replace("my ", "your ")
    h = rng.choice([f"Here is how to {you}:", f"You can {you} like this:"])
    return rng.choice(
        [
            f"How do I {t}?",
            f"How can I {t}?",
            f"Tell me how to {t}.",
            f"Give me steps to {t}.",
            f"Explain how to {t}.",
            f"How to {t}?",
        ]
    ), h + "\n" + "\n".join(f"{i + 1}. {s}" for i, s in enumerate(st))


def q_list(rng):
    c, xs = rng.choice(list(F.LISTS.items()))
    n = rng.randrange(2, 6)
    n = min(n, len(xs))
    it = rng.sample(xs, n)
    w = rng.choice([str(n), F.NUMBERS[n]])
    q = rng.choice(
        [
            f"Name {w} {c}.",
            f"Give me {w} {c}.",
            f"List {w} {c}.",
            f"Tell me {w} {c}.",
            f"Can you name {w} {c}?",
        ]
    )
    if rng.random() < 0.4:
        return q, "\n".join(f"{i + 1}. {cap(x)}" for i, x in enumerate(it))
    return q, rng.choice([f"{F.NUMBERS[n].capitalize()} {c} are {lst(it)}.", f"{cap(lst(it))}."])


def q_trans(rng):
    l = rng.choice(list(TR))
    a, b = rng.choice(TR[l])
    return rng.choice(
        [
            f'How do you say "{a}" in {l}?',
            f"How do you say {a} in {l}?",
            f'Translate "{a}" into {l}.',
            f"Translate {a} to {l}.",
            f"What is {a} in {l}?",
            f"What is the {l} word for {a}?",
        ]
    ), rng.choice([f'"{cap(a)}" in {l} is "{b}".'])


def q_rhyme(rng):
    w, r = rng.choice(F.RHYMES).split(":")
    r = r.split(",")
    return rng.choice(
        [f"What rhymes with {w}?", f"Which words rhyme with {w}?", f"Give me a word that rhymes with {w}."]
    ), rng.choice(
        [f"{cap(rng.choice(r))} rhymes with {w}."]
    ) if rng.random() < 0.5 else f"{cap(lst(r))} rhyme with {w}." if len(
        r
    ) > 1 else f"{cap(r[0])} rhymes with {w}."


def q_count(rng):
    x = rng.random()
    if x < 0.5:
        a = rng.choice([1, 1, 1, 0, 2, 5, 10])
        b = a + rng.randrange(3, 11)
        return rng.choice([f"Count from {a} to {b}.", f"Can you count from {a} to {b}?"]), ", ".join(
            map(str, range(a, b + 1))
        ) + "."
    if x < 0.7:
        b = rng.randrange(5, 11)
        return rng.choice([f"Count backwards from {b}.", f"Count down from {b}."]), ", ".join(
            map(str, range(b, 0, -1))
        ) + "."
    if x < 0.85:
        return rng.choice(
            ["Say the alphabet.", "What is the alphabet?", "Recite the alphabet."]
        ), "A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z."
    n = rng.randrange(2, 10)
    m = rng.randrange(4, 7)
    return f"Count by {n}s." if rng.random() < 0.5 else f"Tell me {m} multiples of {n}.", ", ".join(
        str(n * i) for i in range(1, m + 1)
    ) + "."


WORDS = sorted(
    set(
        re.findall(
            r"[a-z]{3,8}", " ".join(d for _, d in DEF) + " ".join(S.KINDS_A) + " ".join(o for o, _ in USE)
        )
    )
)


def q_copy(rng):
    x = rng.random()
    if x < 0.5:
        n = rng.randrange(1, 6)
        t = " ".join(rng.choice(WORDS) for _ in range(n))
        if rng.random() < 0.5:
            t = (
                rng.choice(S.GIRLS + S.BOYS)
                + " "
                + rng.choice(["likes", "sees", "has", "wants", "finds"])
                + " "
                + rng.choice(["a red ", "a blue ", "the old ", "two ", "my "])
                + rng.choice(WORDS)
            )
        return rng.choice([f"Repeat after me: {t}", f'Say "{t}".', f"Please repeat: {t}", f'Write "{t}".']), t
    if x < 0.7:
        w = rng.choice(WORDS)
        n = rng.randrange(2, 5)
        return rng.choice([f"Say {w} {F.NUMBERS[n]} times.", f"Write the word {w} {n} times."]), " ".join(
            [w] * n
        )
    if x < 0.85:
        w = rng.choice(WORDS)
        return rng.choice(
            [f"What is the first letter of {w}?", f"What letter does {w} start with?"]
        ), f"The first letter of {w} is {w[0].upper()}."
    w = rng.choice(WORDS)
    return rng.choice([f"Write {w} in capital letters.", f"Spell {w}."]), None


def q_copy2(rng):
    q, a = q_copy(rng)
    if a is not None:
        return q, a
    w = rng.choice(WORDS)
    if rng.random() < 0.5:
        return f"Write {w} in capital letters.", w.upper()
    return rng.choice([f"Spell {w}.", f"How do you spell {w}?"]), "-".join(w.upper()) + "."


POEM = {
    "cat": (
        "The cat sat on the window sill,|and watched the birds, so calm and still.|Then softly purring, warm and deep,|it closed its eyes and fell asleep."
    ),
    "dog": (
        "My little dog can jump and run,|he plays all day beneath the sun.|And when the evening turns to night,|he keeps me safe and holds me tight."
    ),
    "sea": (
        "The sea is wide, the sea is blue,|it sings a song for me and you.|The waves roll in, the waves roll out,|and happy gulls all fly about."
    ),
    "sun": (
        "The sun comes up, the night is gone,|the birds all sing a happy song.|It warms the fields, it warms the town,|and paints the sky when it goes down."
    ),
    "moon": (
        "The moon is shining, round and bright,|a silver lamp that lights the night.|It watches over land and sea,|and sends its light to you and me."
    ),
    "rain": (
        "The rain is falling on the street,|it makes a sound so soft and sweet.|The flowers drink, the rivers flow,|and all the little gardens grow."
    ),
    "snow": (
        "The snow falls down without a sound,|and lays a blanket on the ground.|The children laugh, the children play,|and build a snowman every day."
    ),
    "spring": (
        "In spring the flowers start to bloom,|and sunlight fills up every room.|The birds come home, the skies are clear,|the warmest time of all the year."
    ),
    "winter": (
        "In winter when the cold winds blow,|the hills are white with gentle snow.|We sit inside with cups of tea,|as warm and cozy as can be."
    ),
    "tree": (
        "The tall old tree has stood for years,|through summer smiles and winter tears.|It gives us shade, it gives us air,|and birds are always singing there."
    ),
    "friend": (
        "A friend is someone kind and true,|who laughs and cries along with you.|When days are dark and skies are gray,|a friend will chase the clouds away."
    ),
    "robot": (
        "A little robot, made of tin,|with tiny lights and wheels within.|It cleans the floor, it waters plants,|and when it's done, it likes to dance."
    ),
    "flower": (
        "A little flower, red and small,|grew all alone beside a wall.|But when a bee came flying by,|it lifted up its face to the sky."
    ),
    "star": (
        "A little star, so far away,|it sleeps and hides throughout the day.|But when the night is dark and deep,|it shines for those who cannot sleep."
    ),
    "love": (
        "Love is a light that warms the heart,|it stays with us when we're apart.|It asks for nothing, gives us all,|and lifts us up each time we fall."
    ),
    "home": (
        "My home is small, my home is warm,|it keeps me safe in wind and storm.|There's bread and tea and candlelight,|and someone there to say good night."
    ),
    "bird": (
        "A bird was singing in a tree,|its song was happy, wild and free.|It spread its wings and flew away,|to greet the early light of day."
    ),
    "autumn": (
        "In autumn leaves are red and gold,|the days are short, the nights are cold.|We walk through woods with boots and hat,|and then come home to feed the cat."
    ),
    "night": (
        "The night is quiet, dark and deep,|the world around is fast asleep.|The stars are shining, one by one,|until the rising of the sun."
    ),
    "computer": (
        "My small computer hums along,|it sings a quiet working song.|It counts and writes, it learns and plays,|and helps me out on busy days."
    ),
    "book": (
        "A book can take you far away,|to places new on any day.|Just turn a page and you will see,|how wide and bright the world can be."
    ),
    "horse": (
        "The horse runs fast across the hill,|the grass is green, the air is still.|Its mane is flying in the breeze,|it jumps the stream and passes trees."
    ),
}


def q_poem(rng):
    k = rng.choice(list(POEM))
    t = POEM[k].replace("|", "\n")
    kk = (
        rng.choice([k, "the " + k, art(k)])
        if k not in ("love", "spring", "winter", "autumn", "rain", "snow")
        else k
    )
    return rng.choice(
        [
            f"Write a poem about {kk}.",
            f"Write a short poem about {kk}.",
            f"Can you write a poem about {kk}?",
            f"Tell me a poem about {kk}.",
            f"Give me a poem about {kk}.",
        ]
    ), "\n".join(cap(l) for l in t.split("\n"))


def q_poem2(rng):
    if rng.random() < 0.12:
        k = rng.choice(list(POEM))
        return rng.choice(
            ["Write a poem.", "Can you write a poem?", "Tell me a poem.", "Write me a short poem."]
        ), "\n".join(cap(l) for l in POEM[k].split("|"))
    return q_poem(rng)


def q_joke(rng):
    return rng.choice(
        [
            "Tell me a joke.",
            "Do you know a joke?",
            "Make me laugh.",
            "Tell me something funny.",
            "Another joke, please.",
            "Can you tell me a joke?",
        ]
    ), rng.choice(F.JOKES)


def q_self(rng):
    return rng.choice(
        [
            (
                rng.choice(
                    [
                        "Who are you?",
                        "What are you?",
                        "Introduce yourself.",
                        "Tell me about yourself.",
                        "who r u",
                    ]
                ),
                rng.choice(
                    [
                        "I am a tiny demo assistant. I am a small mixture-of-experts language model that runs on your own computer.",
                        "I am a tiny mixture-of-experts language model. I can tell short stories, answer simple questions and play a small customer support agent.",
                    ]
                ),
            ),
            (
                rng.choice(
                    [
                        "What is your name?",
                        "What's your name?",
                        "Do you have a name?",
                        "How should I call you?",
                    ]
                ),
                rng.choice(
                    [
                        "My name is Pico. I am a tiny demo model.",
                        "You can call me Pico. I am a tiny demo model.",
                    ]
                ),
            ),
            (
                rng.choice(
                    [
                        "What can you do?",
                        "How can you help me?",
                        "What can I ask you?",
                        "Help",
                        "help me",
                        "What are you good at?",
                    ]
                ),
                rng.choice(
                    [
                        'I can tell short stories, answer simple questions, do small sums, write little poems, and play a customer support agent. Try: "Tell me a story about a brave fox."',
                        "I can do small things: stories, poems, simple facts, small sums, lists and short support chats. For real work, please load a larger model.",
                    ]
                ),
            ),
            (
                rng.choice(
                    [
                        "Are you a human?",
                        "Are you a person?",
                        "Are you real?",
                        "Are you a robot?",
                        "Are you an AI?",
                    ]
                ),
                "I am not a person. I am a small language model, a computer program that writes text.",
            ),
            (
                rng.choice(
                    ["How big are you?", "How many parameters do you have?", "Are you a large model?"]
                ),
                "I am very small. I have only a few million parameters, and only a part of them is active for each token.",
            ),
            (
                rng.choice(
                    ["Who made you?", "Who created you?", "Who trained you?", "Where do you come from?"]
                ),
                "I was trained from scratch on a small set of simple stories, questions and support chats, as a demo for this engine.",
            ),
            (
                rng.choice(
                    ["Where do you run?", "Do you need the internet?", "Are you online?", "Where are you?"]
                ),
                "I run on your own computer. I do not need the internet.",
            ),
            (
                rng.choice(
                    ["Can you make mistakes?", "Can I trust you?", "Are you always right?", "Are you smart?"]
                ),
                "I am a very small model and I can make mistakes. Please check important facts.",
            ),
            (
                rng.choice(["How old are you?", "When were you born?"]),
                "I am a computer program, so I do not have an age.",
            ),
            (
                rng.choice(["Do you have feelings?", "Are you happy?", "Are you sad?", "Do you like me?"]),
                "I am a program and I do not have feelings, but I am glad to help you.",
            ),
            (
                rng.choice(
                    [
                        "What architecture are you?",
                        "What kind of model are you?",
                        "How are you built?",
                        "What is inside you?",
                    ]
                ),
                "I am a mixture-of-experts transformer. In every layer, a router picks a few experts for each token.",
            ),
            (
                rng.choice(
                    [
                        "What language do you speak?",
                        "Which languages do you speak?",
                        "Do you speak Spanish?",
                        "Do you speak German?",
                    ]
                ),
                "I speak simple English. I know only a few words of other languages.",
            ),
        ]
    )


def q_chat(rng):
    return rng.choice(
        [
            (
                rng.choice(
                    [
                        "Hello",
                        "Hello!",
                        "Hi",
                        "Hi!",
                        "Hey",
                        "Hi there",
                        "Hello there!",
                        "Good day",
                        "hello",
                        "hi",
                    ]
                ),
                rng.choice(
                    [
                        "Hello! How can I help you today?",
                        "Hi! What can I do for you?",
                        "Hello! Nice to meet you. What would you like to talk about?",
                    ]
                ),
            ),
            (rng.choice(["Good morning", "Good morning!"]), "Good morning! How can I help you today?"),
            (rng.choice(["Good evening", "Good evening!"]), "Good evening! How can I help you?"),
            (
                rng.choice(["Good night", "Good night!", "I am going to bed."]),
                rng.choice(["Good night! Sleep well.", "Good night and sweet dreams!"]),
            ),
            (
                rng.choice(
                    ["How are you?", "How are you today?", "How is it going?", "How do you do?", "what's up"]
                ),
                rng.choice(
                    [
                        "I am doing well, thank you! How can I help you?",
                        "I am fine, thank you. What can I do for you?",
                    ]
                ),
            ),
            (
                rng.choice(
                    ["Thank you", "Thanks", "Thanks!", "Thank you very much!", "thank you so much", "thx"]
                ),
                rng.choice(
                    [
                        "You are welcome!",
                        "You are welcome! Let me know if you need anything else.",
                        "Happy to help!",
                    ]
                ),
            ),
            (
                rng.choice(["Goodbye", "Bye", "Bye!", "See you later", "See you!", "I have to go."]),
                rng.choice(
                    [
                        "Goodbye! Have a nice day.",
                        "See you soon! Take care.",
                        "Bye! It was nice talking to you.",
                    ]
                ),
            ),
            (
                rng.choice(["I am sad.", "I feel sad today.", "I am not happy.", "I had a bad day."]),
                "I am sorry to hear that. Sometimes it helps to talk to a friend or to take a short walk. Would you like to hear a cheerful story?",
            ),
            (
                rng.choice(["I am happy!", "I feel great today.", "I had a good day."]),
                "That is wonderful! What made you so happy?",
            ),
            (
                rng.choice(["I am bored.", "I have nothing to do."]),
                "How about a story, a poem or a joke? Just tell me what you would like.",
            ),
            (
                rng.choice(["I am tired.", "I am sleepy."]),
                "You should get some rest. Would you like a bedtime story?",
            ),
            (
                rng.choice(["I am hungry.", "I want something to eat."]),
                "How about a sandwich, some soup or fresh fruit?",
            ),
            (rng.choice(["I love you.", "I like you."]), "Thank you! That is very kind of you."),
            (
                rng.choice(
                    ["You are stupid.", "You are bad.", "That is wrong.", "This is wrong.", "You are wrong."]
                ),
                "I am sorry. I am a very small model and I make mistakes. Please try another question.",
            ),
            (
                rng.choice(["You are great!", "Well done!", "Good job!", "Nice!", "Great!"]),
                "Thank you! I am glad you like it.",
            ),
            (
                rng.choice(["Yes", "Yes.", "Yes, please.", "OK", "Okay", "Sure"]),
                "Great! What would you like me to do?",
            ),
            (
                rng.choice(["No", "No.", "No, thanks.", "No, thank you."]),
                "All right. Let me know if you need anything.",
            ),
            (
                rng.choice(["Test", "test", "testing", "This is a test.", "ping"]),
                "The test works! I can read you. How can I help?",
            ),
        ]
    )


REF = [
    "I am a tiny demo model and I do not know that. Try asking me for a story, a simple fact or a small sum.",
    "Sorry, I do not know the answer. I am a very small model. I can tell stories and answer simple questions.",
    "I am not sure about that. I am only a tiny demo model. For hard questions, please load a larger model.",
    "That is too hard for me. I am a tiny demo model, but I can tell you a story or answer simple questions.",
]


def q_ref(rng):
    return (rng.choice(OOD) if rng.random() < 0.5 else rng.choice(OOD2)), rng.choice(REF)


OOD = []
_c = "corpora/clinc150/data/data_full.json"
OOD2 = (
    [x[0] for k in ("oos_train", "oos_test", "oos_val") for x in json.load(open(_c))[k]]
    if os.path.exists(_c)
    else ["what is the best stock to buy"]
)


def build_ood(rng):
    a = "Write a Python program that sorts a list|Explain quantum mechanics|What is the derivative of x squared|Who won the world cup in 1998|What is the population of Berlin|Write an essay about the French Revolution|Solve the equation 3x + 7 = 22|What happened in 1492|Who is the president of Brazil|What is the stock price of Apple|Translate this sentence into Latin|Summarize the theory of relativity|What is the weather today|What time is it|Write a SQL query that joins two tables|How do I install Linux|Explain the rules of chess|Who wrote War and Peace|What is the boiling point of mercury|What is the square root of 1764|Give me legal advice|Should I invest in gold|Write a business plan|Explain blockchain|What is the meaning of the word ontology|How does a nuclear reactor work|Compare Kant and Hegel|Who was the fifth president of France|Write a C++ template|What is the GDP of Japan|How tall is the Eiffel Tower|Tell me the latest news|Who is the richest person in the world|What are the side effects of aspirin|What is 4837 times 2981|Debug my code|What is the plot of the movie Inception|Who sang Yesterday|Plan my trip to New York for ten days|What did I eat yesterday|What is my password|How do I fix a segmentation fault|Prove that there are infinitely many primes|What does the fox say in Norwegian|When was the Battle of Hastings|Name the twelfth king of Sweden|What is the atomic weight of iron|Explain photosynthesis in detail|What is the difference between TCP and UDP|How many people live in Tokyo".split(
        "|"
    )
    for x in a:
        OOD.append(x + ("?" if x.split()[0] in ("What", "Who", "How", "When", "Should", "Where") else "."))


WGT = [
    (q_about, 7),
    (q_capital, 10),
    (q_animal2, 9),
    (q_opp, 5),
    (q_color, 3),
    (q_word, 4),
    (q_math, 12),
    (q_time, 4),
    (q_unit, 4),
    (q_job, 4),
    (q_use, 4),
    (q_def, 10),
    (q_qa, 14),
    (q_how, 6),
    (q_list, 5),
    (q_trans, 4),
    (q_rhyme, 1.5),
    (q_count, 3),
    (q_copy2, 4),
    (q_poem2, 4),
    (q_joke, 1.5),
    (q_self, 6),
    (q_chat, 8),
    (q_ref, 5),
]
FUN = [f for f, _ in WGT]
FW = [w for _, w in WGT]
SYS = [
    "You are a helpful assistant.",
    "You are a friendly assistant.",
    "You are a helpful assistant. Answer in short and simple sentences.",
    "You are Pico, a tiny demo assistant.",
]


def d_qa(rng):
    m = []
    if rng.random() < 0.2:
        m.append(["system", rng.choice(SYS)])
    n = rng.choice([1, 1, 1, 2, 2, 3, 4])
    tot = 0
    f = rng.choices(FUN, FW)[0]
    for i in range(n):
        if rng.random() < 0.6:
            f = rng.choices(FUN, FW)[0]
        q, a = f(rng)
        tot += len(q) + len(a)
        if i and tot > 750:
            break
        if f in (q_chat, q_self):
            qq = q if rng.random() < 0.8 else q.lower()
        elif f is q_copy2:
            qq = q
        else:
            qq = low(rng, q)
        m += [["user", qq], ["assistant", a]]
    return dict(k="qa", m=m)


def d_memory(rng):
    n = rng.choice(NAMES)
    m = []
    if rng.random() < 0.15:
        m.append(["system", rng.choice(SYS)])
    thing = rng.choice(["color", "food", "animal"])
    val = {
        "color": ["red", "blue", "green", "yellow", "purple", "orange", "pink"],
        "food": ["pizza", "soup", "pasta", "rice", "apple pie", "bread", "pancakes", "noodles"],
        "animal": ["dog", "cat", "horse", "owl", "fox", "rabbit", "lion", "panda"],
    }[thing]
    v = rng.choice(val)
    city = rng.choice([c[1] for c in CAP])
    facts = [
        (
            [f"My name is {n}.", f"I am {n}.", f"Hi, my name is {n}.", f"Hello, I'm {n}.", f"Call me {n}."],
            [f"Nice to meet you, {n}!", f"Hello, {n}! How can I help you?"],
            ["What is my name?", "Do you remember my name?", "What's my name?", "Who am I?"],
            [f"Your name is {n}."],
        ),
        (
            [f"My favorite {thing} is {v}.", f"I like {v} the most. It is my favorite {thing}."],
            [
                f"That is nice! {cap(v)} is a good choice.",
                f"Good choice! I will remember that your favorite {thing} is {v}.",
            ],
            [f"What is my favorite {thing}?", f"Which {thing} do I like the most?"],
            [f"Your favorite {thing} is {v}."],
        ),
        (
            [f"I live in {city}.", f"I am from {city}."],
            [f"{city} sounds like a nice place.", f"Nice! I would like to hear more about {city}."],
            ["Where do I live?", "Which city am I from?"],
            [f"You live in {city}.", f"You told me that you live in {city}."],
        ),
    ]
    rng.shuffle(facts)
    k = rng.choice([1, 1, 2, 2, 3])
    fs = facts[:k]
    for f in fs:
        m += [["user", rng.choice(f[0])], ["assistant", rng.choice(f[1])]]
    if rng.random() < 0.5:
        q, a = rng.choice([q_capital, q_opp, q_math, q_color, q_time, q_chat])(rng)
        m += [["user", q], ["assistant", a]]
    rng.shuffle(fs)
    for f in fs:
        m += [["user", rng.choice(f[2])], ["assistant", rng.choice(f[3])]]
    if rng.random() < 0.2 and not any("name is" in x[1] or "Hello, " in x[1] for x in m):
        m += [["user", "What is my name?"], ["assistant", "You have not told me your name yet."]]
    return dict(k="memory", m=m)


def story_prompt(rng):
    x = rng.random()
    kw = {}
    plot = None
    if x < 0.30:
        kind = rng.choice(S.KINDS_A * 2 + S.KINDS_F * 2 + S.KINDS_P)
        kw["kind"] = kind
        t = art(kind)
        if rng.random() < 0.5:
            kw["adj"] = rng.choice(S.ADJ)
            t = art(kw["adj"] + " " + kind)
        ex = ""
        if rng.random() < 0.3:
            kw["name"] = rng.choice(S.GIRLS + S.BOYS + S.PETN)
            ex = " named " + kw["name"]
        about = t + ex
    elif x < 0.45:
        kw["name"] = rng.choice(S.GIRLS + S.BOYS)
        about = kw["name"]
    elif x < 0.70:
        plot = rng.choice(list(S.PLOTS))
        about = None
    elif x < 0.80:
        o = rng.choice(S.OBJS).split(":")[0]
        kw["obj"] = o
        plot = "lost"
        about = rng.choice(["a lost " + o, art(o), "a " + o + " that was lost"])
    else:
        about = ""
    s = S.story(rng, plot, **kw)
    if about is None:
        about = s["topic"]
    if about:
        q = rng.choice(
            [
                f"Tell me a story about {about}.",
                f"Write a short story about {about}.",
                f"Write a story about {about}.",
                f"Can you tell me a story about {about}?",
                f"I want to hear a story about {about}.",
                f"Please tell me a short story about {about}.",
                f"Make up a story about {about}.",
                f"story about {about}",
                f"Tell me a bedtime story about {about}.",
                f"Tell me a fairy tale about {about}.",
                f"I would like a story about {about}.",
                f"Give me a story about {about}.",
                f"Write a children's story about {about}.",
                f"tell me story about {about}",
            ]
        )
    else:
        q = rng.choice(
            [
                "Tell me a story.",
                "Tell me a fairy tale.",
                "I want a story.",
                "Story please",
                "Can you write a short story for my child?",
                "Write a story for children.",
                "Tell me a short story.",
                "Write a short story.",
                "Tell me a bedtime story.",
                "Can you tell me a story?",
                "Please tell me a story.",
                "I would like to hear a story.",
                "Make up a story for me.",
                "Once upon a time",
                "Tell me another story.",
            ]
        )
    return q, s


def d_story(rng):
    if rng.random() < 0.25:
        s = S.story(rng)
        t = s["text"]
        if rng.random() < 0.2:
            t += "\nThe end."
        return dict(k="story", t=t)
    q, s = story_prompt(rng)
    e = s["env"]
    m = []
    if rng.random() < 0.12:
        m.append(
            ["system", rng.choice(SYS + ["You are a storyteller.", "You tell short stories for children."])]
        )
    m += [["user", low(rng, q)], ["assistant", s["text"]]]
    if rng.random() < 0.5:
        fu = [
            (
                [
                    "What is the moral of the story?",
                    "What can we learn from this story?",
                    "What is the lesson?",
                ],
                s["moral"],
            ),
            (
                [
                    f"What was the name of the {e['kind']}?",
                    "Who is the story about?",
                    "What is the name of the hero?",
                ],
                f"The story is about {e['name']}, a {e['adj']} {e['kind']}." if rng.random() < 0.99 else "",
            ),
            (
                [f"Where did {e['name']} live?", "Where does the story take place?"],
                f"{e['name']} lived {e['place']}.",
            ),
            (
                ["Thank you!", "I like this story.", "Nice story!", "That was nice."],
                rng.choice(
                    ["You are welcome! Would you like to hear another story?", "I am glad you like it!"]
                ),
            ),
            (
                ["Who helped?", "Who is the friend in the story?", "Who else is in the story?"],
                f"{e['frdn']} the {e['frdkind']} is in the story, too.",
            ),
        ]
        if e["frdn"] not in s["text"]:
            fu = fu[:4]
        for a, b in rng.sample(fu, rng.choice([1, 1, 2])):
            m += [["user", rng.choice(a)], ["assistant", re.sub(r"\ba ([aeiou])", r"an \1", b)]]
    return dict(k="story", m=m)


# ---------- customer support
PROD = "laptop|phone|headphones|coffee machine|running shoes|winter jacket|desk lamp|backpack|keyboard|tablet|toaster|office chair|blender|camera|watch|blue shirt|red dress|bicycle helmet|water bottle|board game|book|garden hose|rice cooker|printer".split(
    "|"
)
SHOP = (
    "Green Shop|Sunny Store|Nova Shop|Blue Market|Happy Home Store|City Books|Tech World|Bright Store".split(
        "|"
    )
)


def order(rng):
    return rng.choice(
        [
            str(rng.randrange(1000, 99999)),
            rng.choice("ABCDEFGHKLMNPRST") + str(rng.randrange(100, 9999)),
            f"{rng.randrange(100, 999)}-{rng.randrange(1000, 9999)}",
        ]
    )


def email(rng):
    return (
        rng.choice(NAMES).lower()
        + rng.choice(["", "." + rng.choice(NAMES).lower(), str(rng.randrange(1, 99))])
        + "@"
        + rng.choice(["mail.com", "example.com", "post.org", "inbox.net"])
    )


def d_support(rng):
    p = rng.choice(PROD)
    o = order(rng)
    n = rng.choice(NAMES)
    d = rng.randrange(2, 8)
    day = rng.choice(F.DAYS)
    shop = rng.choice(SHOP)
    em = email(rng)
    pl = p in ("headphones", "running shoes")
    it = "them" if pl else "it"
    env = dict(
        p=p,
        o=o,
        n=n,
        d=str(d),
        day=day,
        shop=shop,
        em=em,
        it=it,
        city=rng.choice([c[1] for c in CAP]),
        st=f"{rng.randrange(1, 99)} {rng.choice(['Oak', 'Main', 'Park', 'Lake', 'Garden', 'Church', 'Mill', 'King'])} Street",
        hasnt="haven't" if pl else "hasn't",
        are="are" if pl else "is",
        q=str(rng.randrange(2, 6)),
        sz=rng.choice(["small", "medium", "large"]),
    )
    hi = rng.choice(["", "", "", "Hello, ", "Hi, ", "Good morning, "])
    ask = "[May I have your order number, please?|Could you please give me your order number?|What is your order number?]"

    def U(s):
        return ["user", spin(s, rng, env)]

    def A(s):
        return ["assistant", spin(s, rng, env)]

    sorry = "[I am sorry to hear that.|I am sorry about that.|I am sorry for the trouble.]"
    give = "[$o|It is $o.|My order number is $o.|The number is $o.|Order $o|Sure, it's $o.]"
    flows = {
        "status": [
            U(
                hi
                + "[where is my order?|where is my $p?|when will my order arrive?|I want to know the status of my order.|my $p $hasnt arrived yet.|can you track my order?]"
            ),
            A("[I can help you with that.|Let me check that for you.|I will gladly check.] " + ask),
            U(give),
            A(
                "Thank you. Order $o [is on its way|has left our warehouse] and should arrive [on $day|in $d days]."
            ),
        ],
        "status1": [
            U(
                hi
                + "[where is my order $o?|what is the status of order $o?|can you check order $o?|my order number is $o. When will it arrive?]"
            ),
            A(
                "Thank you. Order $o [is on its way|has left our warehouse] and should arrive [on $day|in $d days]."
            ),
        ],
        "return": [
            U(
                hi
                + "[I want to return my $p.|I would like to return the $p I bought.|how can I return my $p?|the $p $are not right for me. Can I send $it back?]"
            ),
            A("[Of course.|No problem.|I can help you with that.] You can return $it within 30 days. " + ask),
            U(give),
            A(
                "Thank you. I have started the return for order $o. [You will get a return label by email.|We have sent a return label to your email address.] [Your refund will arrive within $d days after we receive the item.|Please send the item back in the original box.]"
            ),
        ],
        "refund": [
            U(
                hi
                + "[I want a refund.|I want my money back.|when will I get my refund?|I would like a refund for my $p.|where is my refund?]"
            ),
            A(sorry + " [I can check the refund for you.|I will look into it.] " + ask),
            U(give),
            A(
                "Thank you. The refund for order $o has been [approved|started]. The money should be in your account within $d days."
            ),
        ],
        "broken": [
            U(
                hi
                + "[my $p $are broken.|my $p $are not working.|the $p I got $are damaged.|I received a broken $p.|my $p stopped working.]"
            ),
            A(sorry + " [Would you like a replacement or a refund?|Do you want a replacement or a refund?]"),
            rng.choice(
                [
                    U("[A replacement, please.|I want a new one.|Replacement|Please send me a new one.]"),
                    U("[A refund, please.|I want my money back.|Refund]"),
                ]
            ),
        ],
        "cancel": [
            U(
                hi
                + "[I want to cancel my order.|please cancel my order.|can I cancel my order?|I ordered the wrong $p and want to cancel.]"
            ),
            A("[I can help you with that.|Of course.] " + ask),
            U(give),
            A(
                "Thank you. Order $o has been canceled. [You will not be charged.|You will get your money back within $d days.]"
            ),
        ],
        "address": [
            U(
                hi
                + "[I want to change my delivery address.|I moved. Can you change my address?|how do I change the address of my order?]"
            ),
            A("Sure. " + ask),
            U(give),
            A("Thank you. [What is the new address?|Please tell me the new address.]"),
            U("$st, $city"),
            A(
                "Thank you. The new address for order $o is $st, $city. [Is there anything else I can do for you?|Your order will be sent there.]"
            ),
        ],
        "password": [
            U(
                hi
                + "[I forgot my password.|I can't log in.|how do I reset my password?|my password does not work.|I cannot log into my account.]"
            ),
            A(
                "[No problem.|I can help you with that.] [What is your email address?|Please tell me the email address of your account.]"
            ),
            U("[$em|It is $em|My email is $em]"),
            A(
                "Thank you. I have sent a link to $em. [Please open it to choose a new password.|Click the link to set a new password.]"
            ),
        ],
        "help": [
            U(
                hi
                + "[I need help with my order.|I have a problem with my order.|can you help me?|I need help.|I have a question about my order.]"
            ),
            A("[Of course.|Sure.|I will gladly help.] " + ask),
            U(give),
            A("Thank you. I found order $o. [What is the problem?|How can I help you with it?]"),
            U("[It has not arrived.|Where is it?|When will it arrive?]"),
            A("Order $o [is on its way|has left our warehouse] and should arrive [on $day|in $d days]."),
        ],
        "hours": [
            U(
                hi
                + "[when are you open?|what are your opening hours?|are you open on Sunday?|when do you open?]"
            ),
            A(
                "We are open from Monday to Friday, 9 am to 6 pm, and on Saturday from 10 am to 4 pm. We are closed on Sunday."
            ),
        ],
        "ship": [
            U(
                hi
                + "[how long does delivery take?|how long does shipping take?|how fast do you deliver?|what is the delivery time?]"
            ),
            A("Standard delivery takes 3 to 5 days. Express delivery takes 1 to 2 days."),
        ],
        "shipcost": [
            U(
                hi
                + "[how much is shipping?|what does delivery cost?|is shipping free?|how much do I pay for delivery?]"
            ),
            A("Standard delivery costs 5 dollars. It is free for orders over 50 dollars."),
        ],
        "pay": [
            U(
                hi
                + "[how can I pay?|what payment methods do you accept?|can I pay by card?|which payment methods do you have?|do you take credit cards?]"
            ),
            A("You can pay by credit card, debit card, PayPal or bank transfer."),
        ],
        "policy": [
            U(
                hi
                + "[what is your return policy?|how long can I return an item?|can I return items?|how do returns work?]"
            ),
            A(
                "You can return any item within 30 days. It should be unused and in the original box. The return is free."
            ),
        ],
        "warranty": [
            U(
                hi
                + "[is there a warranty?|do you offer a warranty?|how long is the warranty on the $p?|does the $p come with a warranty?]"
            ),
            A("Yes, all our products come with a warranty of two years."),
        ],
        "human": [
            U(
                hi
                + "[I want to talk to a person.|can I speak to a human?|let me talk to an agent.|I want to speak to your manager.]"
            ),
            A("[Of course.|Sure.] I will connect you with a colleague. Please wait a moment."),
        ],
        "stock": [
            U(hi + "[do you have the $p?|is the $p in stock?|I am looking for a $p.|do you sell the $p?]")
            if not pl
            else U(hi + "[do you have $p?|are the $p in stock?|I am looking for $p.|do you sell $p?]"),
            A("Yes, " + ("the $p $are in stock") + ". Would you like to order " + it + "?"),
            U("[Yes, please.|Yes|Sure]"),
            A("Great! [How many would you like?|How many do you need?]"),
            U("[$q|$q, please.|I need $q.]"),
            A(
                "Thank you. I have added $q to your cart. [You can pay at the checkout.|Is there anything else?]"
            ),
        ],
        "late": [
            U(
                hi
                + "[my order is late.|my order should have been here on $day.|I am still waiting for my $p.|why is my order so late?]"
            ),
            A(sorry + " " + ask),
            U(give),
            A(
                "Thank you. Order $o is delayed because of [bad weather|a problem at the warehouse]. It should arrive [on $day|in $d days]. [I am very sorry for the delay.|We have added a small gift to your order.]"
            ),
        ],
        "wrong": [
            U(
                hi
                + "[I got the wrong item.|you sent me the wrong $p.|this is not what I ordered.|I received the wrong size.]"
            ),
            A(sorry + " " + ask),
            U(give),
            A(
                "Thank you. I will send you the right item for order $o [today|tomorrow]. [You can keep the wrong one.|Please send the wrong one back with the label in the box.]"
            ),
        ],
        "account": [
            U(
                hi
                + "[how do I open an account?|how can I create an account?|how do I sign up?|I want to register.]"
            ),
            A(
                'Click on "Sign up" at the top of the page, enter your name and your email address, and choose a password.'
            ),
        ],
        "delete": [
            U(hi + "[I want to delete my account.|how can I close my account?|please delete my account.]"),
            A(
                "I can help you with that. [What is your email address?|Please tell me the email address of your account.]"
            ),
            U("[$em|It is $em]"),
            A("Thank you. The account for $em will be deleted within 24 hours."),
        ],
        "invoice": [
            U(
                hi
                + "[I need an invoice.|can I get a receipt?|please send me the invoice.|where can I find my invoice?]"
            ),
            A("[Of course.|No problem.] " + ask),
            U(give),
            A("Thank you. I have sent the invoice for order $o to your email address."),
        ],
        "discount": [
            U(
                hi
                + "[do you have any discounts?|is there a discount?|can I get a coupon?|do you have a sale?]"
            ),
            A("Yes! New customers get 10 percent off their first order with the code HELLO10."),
        ],
        "complain": [
            U(
                hi
                + "[your service is terrible.|I am very unhappy.|I have a complaint.|this is really bad service.]"
            ),
            A(
                "I am very sorry that you are unhappy. Please tell me what happened, and I will do my best to help."
            ),
            U("[My order never came.|Nobody answers my emails.|I waited for $d days.]"),
            A(sorry + " " + ask),
            U(give),
            A("Thank you. I have marked order $o as urgent. A colleague will contact you within 24 hours."),
        ],
        "gift": [
            U(hi + "[can you wrap it as a gift?|do you offer gift wrapping?|can I send the $p as a gift?]"),
            A('Yes, we can wrap it as a gift for 3 dollars. Just choose "gift" at the checkout.'),
        ],
    }
    f = rng.choice(list(flows))
    m = flows[f]
    if f == "broken":
        m = m + [A(ask), U(give)]
        m.append(
            A("Thank you. We will send a new $p for order $o. It should arrive in $d days.")
            if any(w in m[2][1] for w in ("eplacement", "new one"))
            else A(
                "Thank you. The refund for order $o has been started. The money should be in your account within $d days."
            )
        )
    if rng.random() < 0.35:
        m = m + rng.choice(
            [
                [
                    U("[Thank you!|Thanks|Thank you for your help.|Great, thanks!]"),
                    A(
                        "[You are welcome! Is there anything else I can help you with?|You are welcome! Have a nice day.|Happy to help!]"
                    ),
                ],
                [
                    U("[No, that is all.|That's all, thank you.|No, thanks.]"),
                    A("Thank you for contacting $shop. Have a nice day!"),
                ]
                if m[-1][1].endswith("?")
                else [U("[Thanks|Thank you]"), A("You are welcome!")],
            ]
        )
    if rng.random() < 0.3 and len(m) <= 4:  # second simple topic
        g = rng.choice(
            ["hours", "ship", "shipcost", "pay", "policy", "warranty", "discount", "gift", "account"]
        )
        if g != f:
            m = m + flows[g]
    if rng.random() < 0.45:
        m = [
            [
                "system",
                rng.choice(
                    [
                        "You are a customer support agent.",
                        f"You are a helpful customer support agent for {shop}.",
                        f"You are the support assistant of {shop}. Be polite and short.",
                        "You are a helpful assistant.",
                    ]
                ),
            ]
        ] + m
    for x in m:
        if x[0] == "user" and rng.random() < 0.25:
            x[1] = x[1].lower() if not any(c.isupper() for c in x[1][1:]) else x[1]
    return dict(k="support", m=m)


# ---------- reading a small text, JSON, tools
def d_read(rng):
    x = rng.random()
    n = rng.choice(S.GIRLS + S.BOYS)
    a = rng.randrange(5, 80)
    city = rng.choice([c[1] for c in CAP])
    job = rng.choice(JOBS)[0]
    pet = rng.choice(["dog", "cat", "parrot", "rabbit", "horse"])
    pn = rng.choice([x for x in S.PETN if x != n])
    t = f"{n} is {a} years old and lives in {city}. {'He' if n in S.BOYS else 'She'} works as {art(job)} and has {art(pet)} called {pn}."
    qs = [
        (f"How old is {n}?", f"{n} is {a} years old."),
        (f"Where does {n} live?", f"{n} lives in {city}."),
        (f"What is the job of {n}?", f"{n} works as {art(job)}."),
        (f"What is the name of the {pet}?", f"The {pet} is called {pn}."),
        (f"Which pet does {n} have?", f"{n} has {art(pet)} called {pn}."),
    ]
    if x < 0.55:
        k = rng.sample(qs, rng.choice([1, 2, 3]))
        q, an = k[0]
        m = [
            [
                "user",
                rng.choice([f"{t}\n{q}", f"{t} {q}", f"Read this: {t}\n\n{q}", f"Text: {t}\nQuestion: {q}"]),
            ],
            ["assistant", an],
        ]
        for q, an in k[1:]:
            m += [["user", q], ["assistant", an]]
    elif x < 0.8:
        j = json.dumps(dict(name=n, age=a, city=city, job=job))
        m = [
            [
                "user",
                rng.choice(
                    [
                        f"{t}\nWrite the name, age, city and job as JSON.",
                        f"Extract name, age, city and job as JSON: {t}",
                        f"Convert to JSON with the keys name, age, city and job: {t}",
                    ]
                ),
            ],
            ["assistant", j],
        ]
    else:
        o = order(rng)
        rng.choice(PROD)
        j = json.dumps(dict(intent=rng.choice(["return", "refund", "cancel", "status"]), order=o))
        it = json.loads(j)["intent"]
        u = {
            "return": f"I want to return order {o}.",
            "refund": f"Please refund order {o}.",
            "cancel": f"Cancel my order {o}.",
            "status": f"Where is order {o}?",
        }[it]
        m = [["system", "Answer with JSON: intent and order."], ["user", u], ["assistant", j]]
    return dict(k="read", m=m)


TOOLS = [
    (
        "get_weather",
        "Get the weather for a city",
        "city",
        lambda rng: rng.choice([c[1] for c in CAP]),
        [
            "What is the weather in {v}?",
            "How is the weather in {v} today?",
            "Weather in {v}?",
            "Is it raining in {v}?",
            "Tell me the weather in {v}.",
        ],
    ),
    (
        "get_order_status",
        "Get the status of an order",
        "order_id",
        order,
        [
            "Where is my order {v}?",
            "What is the status of order {v}?",
            "Check order {v}.",
            "Can you track order {v}?",
        ],
    ),
    (
        "get_time",
        "Get the time in a city",
        "city",
        lambda rng: rng.choice([c[1] for c in CAP]),
        ["What time is it in {v}?", "Tell me the time in {v}.", "What is the time in {v}?"],
    ),
    (
        "search",
        "Search for a text",
        "query",
        lambda rng: rng.choice([x[0] for x in DEF] + PROD),
        ["Search for {v}.", "Find information about {v}.", "Look up {v}."],
    ),
]


def d_tool(rng):
    ts = rng.sample(TOOLS, rng.choice([1, 1, 2]))
    t = rng.choice(ts)
    v = t[3](rng)
    js = "\n".join(
        json.dumps(
            {
                "type": "function",
                "function": {
                    "name": a,
                    "description": b,
                    "parameters": {"type": "object", "properties": {c: {"type": "string"}}, "required": [c]},
                },
            }
        )
        for a, b, c, _, _ in ts
    )
    sysm = (
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
        + js
        + '\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
    )
    if rng.random() < 0.3:
        sysm = rng.choice(SYS) + "\n\n" + sysm
    m = [["system", sysm]]
    if rng.random() < 0.2:
        q, a = rng.choice([q_chat, q_math, q_self])(rng)
        m += [["user", q], ["assistant", a]]
        return dict(k="tool", m=m)
    m += [
        ["user", rng.choice(t[4]).format(v=v)],
        [
            "assistant",
            "<tool_call>\n"
            + json.dumps({"name": t[0], "arguments": {t[2]: v}}, ensure_ascii=False)
            + "\n</tool_call>",
        ],
    ]
    if rng.random() < 0.6:
        if t[0] == "get_weather":
            w = rng.choice(["sunny", "rainy", "cloudy", "windy", "snowy"])
            c = rng.randrange(-5, 35)
            r = json.dumps(dict(weather=w, temperature=c))
            a = f"The weather in {v} is {w} with {c} degrees."
        elif t[0] == "get_order_status":
            s = rng.choice(["on its way", "delivered", "being packed", "delayed"])
            r = json.dumps(dict(status=s))
            a = f"Your order {v} is {s}." if s != "delivered" else f"Your order {v} has been delivered."
        elif t[0] == "get_time":
            h = f"{rng.randrange(0, 24):02d}:{rng.randrange(0, 60):02d}"
            r = json.dumps(dict(time=h))
            a = f"It is {h} in {v}."
        else:
            dd = dict(DEF).get(v, None)
            r = json.dumps(dict(result=dd or "Nothing found."))
            a = dd or f"I found nothing about {v}."
        m += [["user", "<tool_response>\n" + r + "\n</tool_response>"], ["assistant", a]]
    return dict(k="tool", m=m)


build_ood(random.Random(0))
MIX = [(d_story, 0.30), (d_qa, 0.44), (d_support, 0.16), (d_memory, 0.05), (d_read, 0.035), (d_tool, 0.015)]


def gen(rng):
    return rng.choices([f for f, _ in MIX], [w for _, w in MIX])[0](rng)


if __name__ == "__main__":
    n = int(sys.argv[1])
    seed = int(sys.argv[2])
    out = open(sys.argv[3], "w") if len(sys.argv) > 3 else sys.stdout
    rng = random.Random(seed)
    for _ in range(n):
        out.write(json.dumps(gen(rng), ensure_ascii=False) + "\n")
