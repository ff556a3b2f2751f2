"""What the hybrid model's data adds to generator.py, and the three mixtures.

More small talk with a remembered name, more tools, word-for-word copying, practice documents, made-up tools.
"""

import json

import generator as gen
from generator import cap, low


def q_self(rng, old=gen.q_self):
    q, a = old(rng)
    if a.startswith("I am a mixture-of-experts transformer"):
        a = "I am a hybrid mixture-of-experts model. Three of four layers are Gated DeltaNet layers, every fourth layer is attention, and in every layer a router picks two experts for each token."
    return q, a


gen.FUN[gen.FUN.index(gen.q_self)] = q_self
gen.q_self = q_self

NAMES = sorted(
    set(gen.NAMES)
    | set(
        "Ada Alan Grace Linus Mia Noah Zoe Omar Sara Leo Iris Hugo Eva Finn Lena Paul Ruth Theo Vera Anna Ben Clara Dan Ella Felix Gina Henry Ida Jonas Kira Lucas Mona Nils Otto Petra Quinn Rosa Sam Tina Uma Vince Willa Xena Yara Zack".split()
    )
)


def d_chatmem(rng):
    """greeting with a name, some turns about anything, and the name asked for at any later point"""
    n = rng.choice(NAMES)
    m = []
    if rng.random() < 0.15:
        m.append(["system", rng.choice(gen.SYS)])
    hi = rng.choice(["Hello!", "Hi!", "Hey!", "Good morning!", "Hi there!", "Hello there!", "Good evening!"])
    if rng.random() < 0.3:
        m += [
            ["user", rng.choice([hi, hi.rstrip("!")])],
            ["assistant", rng.choice(["Hello! How can I help you today?", "Hi! What can I do for you?"])],
        ]
        hi = ""
    intro = rng.choice(
        [
            f"My name is {n}.",
            f"I am {n}.",
            f"I'm {n}.",
            f"My name is {n}.",
            f"You can call me {n}.",
            f"Please call me {n}.",
            f"This is {n}.",
        ]
    )
    m += [
        ["user", (hi + " " + intro).strip()],
        [
            "assistant",
            rng.choice(
                [
                    f"Hello, {n}! How can I help you?",
                    f"Nice to meet you, {n}! How can I help you?",
                    f"Nice to meet you, {n}!",
                ]
            ),
        ],
    ]

    def ask():
        return [
            [
                "user",
                rng.choice(
                    [
                        "What is my name?",
                        "What's my name?",
                        "Do you remember my name?",
                        "Can you tell me my name?",
                        "Do you know my name?",
                        "what is my name",
                        "Who am I?",
                        "How am I called?",
                    ]
                ),
            ],
            ["assistant", rng.choice([f"Your name is {n}."] * 4 + [f"Your name is {n}. I remember it!"])],
        ]

    k = rng.choice([1, 1, 2, 2, 3, 4])
    at = rng.randrange(k + 1)
    for i in range(k + 1):
        if i == at:
            m += ask()
            continue
        q, a = rng.choice(
            [
                gen.q_chat,
                gen.q_joke,
                gen.q_joke,
                gen.q_self,
                gen.q_capital,
                gen.q_math,
                gen.q_opp,
                gen.q_qa,
                gen.q_color,
                gen.q_time,
                gen.q_animal2,
            ]
        )(rng)
        m += [["user", q], ["assistant", a]]
    return dict(k="chatmem", m=m)


# name, description, [(argument, type, description, value maker)], questions
def W(*x):
    return lambda rng: rng.choice(x)


def CITY(rng):
    return rng.choice(gen.CAP)[1]


MORE = [
    (
        "get_current_weather",
        "Get the current weather",
        [("location", "string", "The city", CITY)],
        [
            "What is the weather in {location}?",
            "What is the weather like in {location}?",
            "How is the weather in {location}?",
            "Is it cold in {location}?",
        ],
    ),
    (
        "get_weather",
        "Get the weather",
        [("location", "string", "City name", CITY)],
        [
            "What is the weather in {location}?",
            "What's the weather in {location}?",
            "Will it rain in {location}?",
        ],
    ),
    (
        "track_order",
        "Track an order",
        [("order_number", "string", "The order number", gen.order)],
        [
            "Where is my order {order_number}?",
            "Please track order {order_number}.",
            "Has order {order_number} been sent?",
        ],
    ),
    (
        "cancel_order",
        "Cancel an order",
        [("order_id", "string", "The order number", gen.order)],
        [
            "Cancel order {order_id}.",
            "Please cancel my order {order_id}.",
            "I want to cancel order {order_id}.",
        ],
    ),
    (
        "send_email",
        "Send an email",
        [
            ("to", "string", "Email address", gen.email),
            ("subject", "string", "Subject", W("Meeting", "Invoice", "Hello", "Party", "Lunch", "Order")),
        ],
        ["Send an email to {to} with the subject {subject}.", "Write to {to} about {subject}."],
    ),
    (
        "set_timer",
        "Set a timer",
        [("minutes", "integer", "Minutes", lambda rng: rng.randrange(1, 90))],
        [
            "Set a timer for {minutes} minutes.",
            "Start a timer of {minutes} minutes.",
            "Wake me in {minutes} minutes.",
        ],
    ),
    (
        "set_alarm",
        "Set an alarm",
        [
            (
                "time",
                "string",
                "Time",
                lambda rng: f"{rng.randrange(5, 23):02d}:{rng.choice(['00', '15', '30', '45'])}",
            )
        ],
        ["Set an alarm for {time}.", "Wake me up at {time}.", "Alarm at {time}, please."],
    ),
    (
        "add",
        "Add two numbers",
        [
            ("a", "integer", "First number", lambda rng: rng.randrange(0, 1000)),
            ("b", "integer", "Second number", lambda rng: rng.randrange(0, 1000)),
        ],
        ["What is {a} + {b}?", "Add {a} and {b}.", "How much is {a} plus {b}?"],
    ),
    (
        "play_music",
        "Play music",
        [
            (
                "artist",
                "string",
                "Artist",
                lambda rng: (
                    rng.choice(NAMES)
                    + " "
                    + rng.choice("Stone Rivers Woods Bell Hill Fox Moon Field".split())
                ),
            )
        ],
        ["Play music by {artist}.", "I want to hear {artist}.", "Play something by {artist}."],
    ),
    (
        "book_table",
        "Book a table in a restaurant",
        [
            ("people", "integer", "Number of people", lambda rng: rng.randrange(1, 12)),
            ("day", "string", "Day", lambda rng: rng.choice(gen.F.DAYS)),
        ],
        ["Book a table for {people} people on {day}.", "I need a table for {people} on {day}."],
    ),
    (
        "translate",
        "Translate a word",
        [
            ("word", "string", "Word", lambda rng: rng.choice(gen.OPP)[0]),
            ("language", "string", "Language", W("Spanish", "German", "French", "Italian")),
        ],
        [
            "Translate {word} into {language}.",
            "What is {word} in {language}?",
            "How do you say {word} in {language}?",
        ],
    ),
    (
        "get_stock",
        "See if a product is in stock",
        [("product", "string", "Product", lambda rng: rng.choice(gen.PROD))],
        ["Is the {product} in stock?", "Do you have the {product}?"],
    ),
]
HEAD = "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
TAIL = '\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'


def d_tool2(rng):
    ts = rng.sample(MORE, rng.choice([1, 1, 2, 2, 3]))
    t = rng.choice(ts)
    full = rng.random() < 0.6

    def spec(t):
        return {
            "type": "function",
            "function": {
                "name": t[0],
                "description": t[1],
                "parameters": {
                    "type": "object",
                    "properties": {
                        a: ({"type": y, "description": d} if full else {"type": y}) for a, y, d, _ in t[2]
                    },
                    "required": [a for a, *_ in t[2]],
                },
            },
        }

    sysm = HEAD + "\n".join(json.dumps(spec(x)) for x in ts) + TAIL
    if rng.random() < 0.3:
        sysm = rng.choice(gen.SYS) + "\n\n" + sysm
    m = [["system", sysm]]
    if rng.random() < 0.12:
        q, a = rng.choice([gen.q_chat, gen.q_self, gen.q_joke])(rng)
        return dict(k="tool", m=m + [["user", q], ["assistant", a]])
    v = {a: f(rng) for a, _, _, f in t[2]}
    m += [
        ["user", low(rng, rng.choice(t[3]).format(**v), 0)],
        [
            "assistant",
            "<tool_call>\n"
            + json.dumps({"name": t[0], "arguments": v}, ensure_ascii=False)
            + "\n</tool_call>",
        ],
    ]
    if rng.random() < 0.4:
        if "weather" in t[0]:
            w = rng.choice(["sunny", "rainy", "cloudy", "windy", "snowy"])
            c = rng.randrange(-5, 35)
            r = dict(weather=w, temperature=c)
            a = f"The weather in {v['location']} is {w} with {c} degrees."
        elif t[0] == "track_order":
            s = rng.choice(["on its way", "being packed", "delayed"])
            r = dict(status=s)
            a = f"Your order {v['order_number']} is {s}."
        elif t[0] == "add":
            r = dict(result=v["a"] + v["b"])
            a = f"{v['a']} + {v['b']} = {v['a'] + v['b']}."
        else:
            r = dict(status="ok")
            a = "Done! Is there anything else I can do for you?"
        m += [["user", "<tool_response>\n" + json.dumps(r) + "\n</tool_response>"], ["assistant", a]]
    return dict(k="tool", m=m)


def d_copy(rng):
    """word for word: phrases, codes, addresses; then asked again later"""
    m = []
    words = gen.WORDS + [x[0] for x in gen.DEF] + gen.PROD + NAMES

    def thing():
        x = rng.random()
        if x < 0.55:
            return " ".join(rng.choice(words) for _ in range(rng.randrange(1, 6)))
        return (
            gen.order(rng)
            if x < 0.75
            else gen.email(rng)
            if x < 0.85
            else str(rng.randrange(10, 100000))
            if x < 0.93
            else "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(rng.randrange(3, 8)))
        )

    for _ in range(rng.choice([1, 1, 2, 3])):
        if rng.random() < 0.6:
            t = thing()
            m += [
                [
                    "user",
                    rng.choice(
                        [
                            "Repeat after me: {}",
                            'Say "{}".',
                            "Please repeat: {}",
                            'Write "{}".',
                            "Repeat: {}",
                            "Say {}",
                        ]
                    ).format(t),
                ],
                ["assistant", t],
            ]
        elif rng.random() < 0.5:
            m += (lambda q, a: [["user", q], ["assistant", a]])(*gen.q_copy2(rng))
        else:
            k, v = rng.choice(
                [
                    ("order number", gen.order),
                    ("customer number", gen.order),
                    ("email address", gen.email),
                    ("code", gen.order),
                    ("room number", lambda rng: str(rng.randrange(1, 999))),
                ]
            )
            v = v(rng)
            m += [
                [
                    "user",
                    rng.choice(
                        [f"My {k} is {v}.", f"Please remember that my {k} is {v}.", f"Note my {k}: {v}"]
                    ),
                ],
                [
                    "assistant",
                    rng.choice(
                        [
                            f"Thank you. I will remember that your {k} is {v}.",
                            "Thank you. I will remember it.",
                        ]
                    ),
                ],
            ]
            if rng.random() < 0.3:
                q, a = rng.choice([gen.q_chat, gen.q_joke, gen.q_capital, gen.q_math])(rng)
                m += [["user", q], ["assistant", a]]
            m += [
                ["user", rng.choice([f"What is my {k}?", f"What was my {k}?", f"Do you remember my {k}?"])],
                ["assistant", f"Your {k} is {v}."],
            ]
    return dict(k="copy", m=m)


def d_drill(rng):
    """several questions of the kinds that need the most practice"""
    m = []
    for _ in range(rng.randrange(2, 6)):
        q, a = rng.choices(
            [gen.q_math, gen.q_trans, gen.q_word, gen.q_opp, gen.q_count, gen.q_poem, gen.q_how, gen.q_def],
            [8, 2, 2, 2, 2, 0.4, 0.5, 1],
        )[0](rng)
        m += [["user", low(rng, q)], ["assistant", a]]
    return dict(k="drill", m=m)


VERB = "open close start stop show find create delete send add remove update print save load move copy check clean paint order rent buy sell share read write count pause reset rename archive upload download schedule plan measure repair feed wash water record scan invite hide fill empty test build draw".split()
NOUN = "window lamp heater fan file photo video song list note task meeting event report map route ticket taxi room car bike plant robot oven clock printer camera message invoice parcel payment account calendar reminder garden pool gate curtain shelf menu recipe password folder channel radio game score train bus boat tent chair".split()
ARG = [
    ("name", "string", lambda rng: rng.choice(NAMES), [" for {}", " called {}", " of {}"]),
    ("id", "string", gen.order, [" {}", " number {}", " with the number {}"]),
    (
        "room",
        "string",
        W("kitchen", "bedroom", "hall", "bathroom", "garage", "office", "cellar"),
        [" in the {}", " of the {}"],
    ),
    ("city", "string", CITY, [" in {}", " from {}", " to {}"]),
    ("day", "string", lambda rng: rng.choice(gen.F.DAYS), [" on {}", " for {}", " next {}"]),
    ("count", "integer", lambda rng: rng.randrange(1, 60), [" {} times", " with {} parts"]),
    ("level", "integer", lambda rng: rng.randrange(1, 100), [" to {}", " at level {}"]),
    ("color", "string", W("red", "blue", "green", "yellow", "black", "white"), [" in {}"]),
    ("email", "string", gen.email, [" to {}", " and tell {}"]),
    (
        "title",
        "string",
        lambda rng: " ".join(rng.choice(gen.WORDS) for _ in range(rng.randrange(1, 3))),
        [' "{}"', " with the title {}"],
    ),
]


def d_tool3(rng):
    """made-up functions, so that name and arguments have to be copied from the description and the question"""

    def one():
        v, n = rng.choice(VERB), rng.choice(NOUN)
        st = rng.random()
        ar = rng.sample(ARG, rng.choice([1, 1, 1, 2]))
        return (
            f"{v}_{n}" if st < 0.7 else v + cap(n) if st < 0.85 else f"{n}_{v}",
            v,
            n,
            [
                (
                    a[0] if rng.random() < 0.7 else rng.choice([n, "the_" + a[0], a[0] + "_" + n, "value"]),
                    *a[1:],
                )
                for a in ar[:1]
            ]
            + ar[1:],
        )

    ts = [one() for _ in range(rng.choice([1, 1, 2, 2, 3]))]
    f, v, n, ar = rng.choice(ts)
    full = rng.random() < 0.5

    def spec(t):
        return {
            "type": "function",
            "function": {
                "name": t[0],
                "description": f"{cap(t[1])} {rng.choice(['a', 'the'])} {t[2]}",
                "parameters": {
                    "type": "object",
                    "properties": {
                        a[0]: ({"type": a[1], "description": cap(a[0])} if full else {"type": a[1]})
                        for a in t[3]
                    },
                    "required": [a[0] for a in t[3]],
                },
            },
        }

    sysm = HEAD + "\n".join(json.dumps(spec(t)) for t in ts) + TAIL
    if rng.random() < 0.25:
        sysm = rng.choice(gen.SYS) + "\n\n" + sysm
    vals = {a[0]: a[2](rng) for a in ar}
    q = (
        rng.choice(
            ["{} {} {}", "{} {} {}", "Please {} {} {}", "Can you {} {} {}", "I want to {} {} {}"]
        ).format(v, rng.choice(["the", "the", "a", "my"]), n)
        + "".join(rng.choice(a[3]).format(vals[a[0]]) for a in ar)
        + rng.choice([".", ".", "", "!", ", please."])
    )
    m = [
        ["system", sysm],
        ["user", cap(q)],
        [
            "assistant",
            "<tool_call>\n"
            + json.dumps({"name": f, "arguments": vals}, ensure_ascii=False)
            + "\n</tool_call>",
        ],
    ]
    if rng.random() < 0.2:
        m += [
            ["user", '<tool_response>\n{"status": "ok"}\n</tool_response>'],
            ["assistant", "Done! Is there anything else I can do for you?"],
        ]
    return dict(k="tool", m=m)


MIX1 = [
    (gen.d_story, 0.28),
    (gen.d_qa, 0.42),
    (gen.d_support, 0.15),
    (gen.d_memory, 0.03),
    (d_chatmem, 0.045),
    (gen.d_read, 0.03),
    (gen.d_tool, 0.02),
    (d_tool2, 0.025),
]  # first part of the training
MIX2 = [
    (gen.d_story, 0.24),
    (gen.d_qa, 0.34),
    (gen.d_support, 0.12),
    (gen.d_memory, 0.03),
    (d_chatmem, 0.04),
    (gen.d_read, 0.035),
    (gen.d_tool, 0.02),
    (d_tool2, 0.045),
    (d_copy, 0.06),
    (d_drill, 0.07),
]  # second part: more copying and practice
MIX3 = [(f, w * 0.9) for f, w in MIX2] + [(d_tool3, 0.10)]  # last part: made-up tools
MIX = MIX1


def draw(rng, mixture=None):
    return rng.choices([f for f, _ in mixture or MIX], [w for _, w in mixture or MIX])[0](rng)
