#!/usr/bin/env python3
"""tug run as a person sees it: a pseudo-terminal, keys, and what appears."""

import json
import re
import stat
import unittest

from tug_program import TOOLS, Person, TugTest

PROMPT = "> "
STATISTICS = re.compile(r"([\d,]+) tokens · prefill .* tok/s.* · decode .* tok/s · .* in memory · .* read per token")
END, INTERRUPT, UP = "\x04", "\x03", "\x1b[A"


class Chat(TugTest):
    def person(self, *arguments):
        person = Person("run", "demo", "--temp", "0", *map(str, arguments), state_folder=self.folder / "state")
        self.addCleanup(person.close)
        return person

    def started(self, *arguments):
        person = self.person(*arguments)
        person.wait_for("/help lists the commands")
        person.wait_for(PROMPT)
        return person

    def ask(self, person, line, answer):
        person.type(line + "\n")
        person.wait_for(answer)
        person.wait_for("read per token")
        person.wait_for(PROMPT)

    def end(self, person):
        person.type(END)
        self.assertEqual(0, person.exit_code())

    def test_turns_and_statistics(self):
        person = self.started()
        self.ask(person, "Hello! My name is Ada.", "Nice to meet you, Ada! How can I help you?")
        person.type("What is my name?\n")
        self.assertRegex(person.wait_for("read per token"), r"Your name is Ada\.\n(?s:.*)" + STATISTICS.pattern)
        self.end(person)

    def test_answer_to_one_prompt_has_statistics(self):
        person = self.person("What is 7 + 5?")
        self.assertIn("7 + 5 = 12.", person.wait_for("read per token"))
        self.assertEqual(0, person.exit_code())

    def test_clear_forgets(self):
        person = self.started()
        self.ask(person, "Hello! My name is Ada.", "Ada!")
        person.type("/clear\n")
        person.wait_for("Forgotten.")
        person.wait_for(PROMPT)
        person.type("What is my name?\n")
        self.assertNotIn("Ada", person.wait_for("read per token"))
        self.end(person)

    def test_commands(self):
        person = self.started()
        person.type("/help\n")
        person.wait_for("/save FILE")
        person.type("/set temp 0.25\n/set\n")
        person.wait_for("temp 0.25\n")
        person.type("/set temp hot\n")
        person.wait_for('tug: temp takes a number from 0 to 100, not "hot".')
        person.type("/dance\n")
        person.wait_for('tug: There is no command "/dance"')
        person.type("/load\n")
        person.wait_for("needs the name of a file")
        person.type("/exit\n")
        self.assertEqual(0, person.exit_code())

    def test_save_and_load(self):
        chat = self.folder / "chat.tug"
        person = self.started()
        self.ask(person, "Hello! My name is Ada.", "Ada!")
        person.type(f"/save {chat}\n")
        person.wait_for("Saved.")
        self.end(person)

        person = self.started()
        person.type(f"/load {chat}\n")
        person.wait_for("Loaded 2 turns.")
        person.wait_for(PROMPT)
        person.type("What is my name?\n")
        self.assertRegex(person.wait_for("read per token"), r"Your name is Ada\.(?s:.*)\d+ remembered")

        content = chat.read_bytes()
        for broken in (b"", content[:7], content[:40], content[:-1], content + b"x", b"x" + content[1:]):
            name = self.file("broken.tug", broken)
            person.type(f"/load {name}\n")
            person.wait_for("tug: ")
            person.wait_for(PROMPT)
        self.ask(person, "What is my name?", "Your name is Ada.")
        self.end(person)

    def test_tools(self):
        tools = self.file("tools.json", json.dumps(TOOLS))
        person = self.started("--tools", tools)
        self.ask(person, "What is the weather in Oslo?", '[tool call] get_weather {"city":"Oslo"}')
        person.type('/tool {"weather": "rainy", "temperature": 7}\n')
        person.wait_for("The weather in Oslo is rainy with 7 degrees.")
        self.end(person)

    def test_interrupt_stops_the_answer_only(self):
        person = self.started("--ignore-eos")
        person.type("Tell me a story about a brave mouse.\n")
        person.wait_for("lived a brave mouse")
        person.type(INTERRUPT)
        shown = person.wait_for("read per token")
        self.assertLess(int(STATISTICS.search(shown)[1].replace(",", "")), 1500)
        self.assertNotIn("context is full", shown)
        person.wait_for(PROMPT)
        person.type("/help\n")
        person.wait_for("/save FILE")
        self.end(person)

    def test_interrupt_at_the_prompt(self):
        person = self.started()
        person.type("half a line")
        person.wait_for("half a line")
        person.type(INTERRUPT)
        person.wait_for("Ctrl-C again")
        person.wait_for(PROMPT)
        self.ask(person, "What is 7 + 5?", "7 + 5 = 12.")
        person.type(INTERRUPT)
        person.wait_for("Ctrl-C again")
        person.wait_for(PROMPT)
        person.type(INTERRUPT)
        self.assertEqual(0, person.exit_code())

    def test_interrupt_of_one_prompt(self):
        person = self.person("Tell me a story about a brave mouse.", "--ignore-eos")
        person.wait_for("lived a brave mouse")
        person.type(INTERRUPT)
        self.assertEqual(130, person.exit_code())

    def test_editing_beyond_ascii(self):
        person = self.started()
        person.type("/dänce😀x\x7f\x7f\n")  # one key takes back one character
        person.wait_for('no command "/dänce"')
        self.end(person)

    def test_history_outlives_the_chat(self):
        person = self.started()
        person.type("/help\n")
        person.wait_for("/save FILE")
        person.wait_for(PROMPT)
        self.end(person)
        history = self.folder / "state/tugboat/history"
        self.assertEqual(0o600, stat.S_IMODE(history.stat().st_mode))

        person = self.started()
        person.type(UP + "\n")
        person.wait_for("/save FILE")
        self.end(person)

    def test_line_that_goes_on(self):
        person = self.started()
        person.type("What is \\\n")
        person.wait_for(". ")
        self.ask(person, "7 + 5?", "12")
        self.end(person)


if __name__ == "__main__":
    unittest.main()
