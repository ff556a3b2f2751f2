#!/usr/bin/env python3
"""Answers from end to end: a scripted model's tokens become text, reasoning and tool calls."""

import json
import unittest

from scripted_model import CHAT, THINKING_CHAT, write_model
from tug_program import TOOLS, TugTest

BIG = "123456789012345678901234567890"


def hermes(arguments, key="arguments"):
    return f'<tool_call>\n{{"name": "get_weather", "{key}": {arguments}}}\n</tool_call>'


def pieces_of(text, size):
    """Different pieces of about that size; a part that was there before grows by what follows it."""
    pieces = []
    while text:
        length = size
        while text[:length] in pieces and length < len(text):
            length += 1
        pieces.append(text[:length])
        text = text[length:]
    return pieces[:-2] + ["".join(pieces[-2:])] if pieces[-1] in pieces[:-1] else pieces


class Answers(TugTest):
    def answer(self, text, *arguments, thinking=False, size=5):
        folder = self.folder / f"model{len(list(self.folder.iterdir()))}"
        write_model(folder, pieces_of(text, size), THINKING_CHAT if thinking else CHAT)
        return self.output("run", folder, "Hi.", "--temp", "0", "--json", *arguments)

    def check(self, text, reasoning, content, calls, **options):
        for size in (1, 5, len(text)):
            answer = json.loads(self.answer(text, size=size, **options))
            self.assertEqual(
                (reasoning, content, calls), (answer["reasoning"], answer["text"], answer["tool_calls"])
            )
            self.assertEqual("tool_calls" if calls else "stop", answer["finish_reason"])

    def test_text(self):
        self.check("Just words, über 3 < 4.", "", "Just words, über 3 < 4.", [])

    def test_drafts_are_reasoning(self):
        draft = hermes('{"city": "Rome"}')
        call = {"name": "get_weather", "arguments": {"city": "Oslo"}}
        text = f"Maybe {draft}?\n</think>\n\nNow:\n" + hermes('{"city": "Oslo"}')
        self.check(text, f"Maybe {draft}?", "Now:\n", [call], thinking=True)
        self.check(f"Maybe {draft}?\n</think></think>\n\nNo.", f"Maybe {draft}?", "No.", [], thinking=True)

    def test_call_of_reasoning_that_never_ends(self):
        call = {"name": "get_weather", "arguments": {"city": "Oslo"}}
        self.check("So:\n" + hermes('{"city": "Oslo"}', "parameters"), "So:", "", [call], thinking=True)

    def test_arguments_keep_their_digits(self):
        arguments = f'{{"city": "Oslo", "id": {BIG}, "more": [-9223372036854775809, {{"x": 0.10}}, 1e400]}}'
        self.assertIn(f'"arguments":{arguments}', self.answer(hermes(arguments)))

    def test_types_of_xml_arguments(self):
        properties = {"city": {"type": "string"}, "id": {"type": "integer"}}
        tools = json.loads(json.dumps(TOOLS))
        tools[0]["function"]["parameters"]["properties"] = properties
        values = {"city": "7", "id": BIG}
        text = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in values.items())
        text = f"<tool_call>\n<function=get_weather>\n{text}</function>\n</tool_call>"
        output = self.answer(text, "--tools", self.file("tools.json", json.dumps(tools)))
        self.assertIn(f'"arguments":{{"city":"7","id":{BIG}}}', output)

    def test_unreadable_calls_stay_visible(self):
        for text in (hermes("[1]"), hermes('{"city": }'), hermes('{"city": "Oslo"}', "args")):
            self.check(text, "", text, [])


if __name__ == "__main__":
    unittest.main()
