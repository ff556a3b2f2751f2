#!/usr/bin/env python3
"""tug run as a person sees it: a pseudo-terminal, keys, and what appears."""

import json
import os
import re
import signal
import stat
import unittest

from tug_program import TOOLS, Person, TugTest

PROMPT = "> "
STATISTICS = re.compile(
    r"([\d,]+) tokens · prefill .* tok/s.* · decode .* tok/s · .* in memory · .* read per token"
)
END, INTERRUPT, UP = "\x04", "\x03", "\x1b[A"


class Chat(TugTest):
    def person(self, *arguments, model="demo"):
        return self.at_terminal("run", model, "--temp", "0", *arguments)

    def at_terminal(self, *arguments):
        person = Person(*map(str, arguments), state_folder=self.folder / "state")
        self.addCleanup(person.close)
        return person

    def started(self, *arguments, **model):
        person = self.person(*arguments, **model)
        person.wait_for("/help lists the commands")
        return person

    def say(self, person, line):
        """Keys pressed before the prompt is there would not reach the line editor."""
        person.wait_for(PROMPT)
        person.type(line + "\n")

    def ask(self, person, line, answer):
        self.say(person, line)
        person.wait_for(answer)
        person.wait_for("read per token")

    def end(self, person):
        person.wait_for(PROMPT)
        person.type(END)
        self.assertEqual(0, person.exit_code())

    def test_turns_and_statistics(self):
        person = self.started()
        self.ask(person, "Hello! My name is Ada.", "Nice to meet you, Ada! How can I help you?")
        self.say(person, "What is my name?")
        self.assertRegex(
            person.wait_for("read per token"), r"Your name is Ada\.\n(?s:.*)" + STATISTICS.pattern
        )
        self.end(person)

    def test_answer_to_one_prompt_has_statistics(self):
        person = self.person("What is 7 + 5?")
        self.assertIn("7 + 5 = 12.", person.wait_for("read per token"))
        self.assertEqual(0, person.exit_code())

    def test_what_is_pasted_is_one_turn(self):
        person = self.started()
        person.wait_for("\x1b[?2004h")
        person.wait_for(PROMPT)
        person.type("\x1b[200~/clear is no command here,\r\nWhat is\r7 + 5?\x1b[201~")
        person.type("\x1b[A\x1b[B\n")  # the line is still being edited: nothing was sent before this
        shown = person.wait_for("read per token")
        self.assertNotIn("There is no command", shown)
        self.assertIn("\x1b[?2004l", shown)
        chat = self.folder / "pasted.chat"
        self.say(person, f"/save {chat}")
        person.wait_for("Saved.")
        self.assertTrue(rb"/clear is no command here,\nWhat is\n7 + 5?" in chat.read_bytes())
        self.end(person)
        self.assertTrue(person.all_seen.rindex("\x1b[?2004l") > person.all_seen.rindex("\x1b[?2004h"))

    def test_three_quotes_hold_many_lines(self):
        person = self.started()
        self.say(person, '"""Hello!')
        person.wait_for(". ")
        person.type("My name\n")
        person.wait_for(". ")
        person.type('is Ada."""\n')
        person.wait_for("read per token")
        chat = self.folder / "quoted.chat"
        self.say(person, f"/save {chat}")
        person.wait_for("Saved.")
        self.assertTrue(rb'"content":"Hello!\nMy name\nis Ada."' in chat.read_bytes())
        self.end(person)

    def test_a_path_is_no_command(self):
        person = self.started()
        for line in ("/home/someone/notes.txt what is this?", f"{self.folder}", "/tmp", "/no/such.file"):
            self.say(person, line)
            self.assertNotIn("There is no command", person.wait_for("read per token"))
        self.say(person, "/foo")
        self.assertIn("/help lists them", person.wait_for("/help lists them"))
        self.end(person)

    def test_clear_forgets(self):
        person = self.started()
        self.ask(person, "Hello! My name is Ada.", "Ada!")
        self.say(person, "/clear")
        person.wait_for("Forgotten.")
        self.say(person, "What is my name?")
        self.assertNotIn("Ada", person.wait_for("read per token"))
        self.end(person)

    def test_commands(self):
        person = self.started()
        self.say(person, "/help")
        person.wait_for("/save FILE")
        self.say(person, "/set temp 0.25")
        self.say(person, "/set")
        person.wait_for("temp 0.25\n")
        self.say(person, "/set temp hot")
        person.wait_for('tug: temp takes a number from 0 to 100, not "hot".')
        self.say(person, "/dance")
        person.wait_for('tug: There is no command "/dance"')
        self.say(person, "/load")
        person.wait_for("needs the name of a file")
        self.say(person, "/exit")
        self.assertEqual(0, person.exit_code())

    def test_save_and_load(self):
        chat = self.folder / "chat.tug"
        person = self.started()
        self.ask(person, "Hello! My name is Ada.", "Ada!")
        self.say(person, f"/save {chat}")
        person.wait_for("Saved.")
        self.end(person)

        person = self.started()
        self.say(person, f"/load {chat}")
        person.wait_for("Loaded 2 turns.")
        self.say(person, "What is my name?")
        self.assertRegex(person.wait_for("read per token"), r"Your name is Ada\.(?s:.*)\d+ remembered")

        content = chat.read_bytes()
        flipped = content[:60] + bytes([content[60] ^ 1]) + content[61:]
        for broken in (flipped, b"", content[:7], content[:40], content[:-1], content + b"x", b"x" + content[1:]):
            name = self.file("broken.tug", broken)
            self.say(person, f"/load {name}")
            person.wait_for("tug: ")
            self.ask(person, "What is my name?", "Your name is Ada.")
        self.end(person)

    def test_tools(self):
        tools = self.file("tools.json", json.dumps(TOOLS))
        person = self.started("--tools", tools)
        self.ask(person, "What is the weather in Oslo?", '[tool call] get_weather {"city": "Oslo"}')
        self.say(person, '/tool {"weather": "rainy", "temperature": 7}')
        person.wait_for("The weather in Oslo is rainy with 7 degrees.")
        self.say(person, f"/save {self.folder / 'tools.chat'}")
        person.wait_for("Saved.")
        turns = self.turns(self.folder / "tools.chat")
        call = turns[1]["tool_calls"][0]
        self.assertTrue(call["id"])
        self.assertEqual("tool", turns[2]["role"])
        self.assertEqual((call["id"], "get_weather"), (turns[2]["tool_call_id"], turns[2]["name"]))
        self.say(person, f"/load {self.folder / 'tools.chat'}")
        person.wait_for("Loaded 4 turns.")
        self.say(person, f"/save {self.folder / 'again.chat'}")
        person.wait_for("Saved.")
        self.assertEqual(turns, self.turns(self.folder / "again.chat"))
        self.say(person, "/clear")
        person.wait_for("Forgotten.")
        self.say(person, "/tool 5")
        person.wait_for("The model has not called a tool.")
        self.end(person)

    def turns(self, path):
        content = path.read_bytes()
        return json.loads(content[16 : 16 + int.from_bytes(content[8:16], "little")])["turns"]

    def test_a_signal_leaves_the_terminal_as_it_was(self):
        for ending in (signal.SIGTERM, signal.SIGHUP):
            person = self.started()
            person.wait_for(PROMPT)
            before = person.all_seen
            os.kill(person.process, ending)
            self.assertEqual(-ending, person.exit_code())
            self.assertTrue(person.all_seen.rindex("\x1b[?2004l") > before.rindex("\x1b[?2004h"))

    def test_reasoning_is_dimmed_and_folded(self):
        model = self.thinking_model()
        person = self.person("What is 7 + 5?", "-n", "9", model=model)
        self.assertIn("\x1b[2m", person.wait_for("read per token").splitlines()[0])

        person = self.started("-n", "9", model=model)
        self.say(person, "What is 7 + 5?")
        shown = person.wait_for("read per token")
        self.assertIn("▸ thought for 0 s", shown)
        self.say(person, "/set reasoning show")
        self.say(person, "What is 7 + 5?")
        self.assertNotIn("▸", person.wait_for("read per token"))
        self.end(person)

    def test_progress_of_what_takes_long(self):
        text = self.file("text.txt", "Once upon a time there was a mouse. " * 200)
        person = self.at_terminal("score", "demo", text, "--backend", "reference")
        self.assertRegex(person.wait_for(" %"), r"scoring [\d,]+ tokens … \d+ %")
        self.assertRegex(person.wait_for("perplexity"), r"\r\x1b\[Ktokens")
        self.assertEqual(0, person.exit_code())

    def test_interrupt_stops_the_answer_only(self):
        person = self.started("--ignore-eos")
        self.say(person, "Tell me a story about a brave mouse.")
        person.wait_for("lived a brave mouse")
        person.type(INTERRUPT)
        shown = person.wait_for("read per token")
        self.assertLess(int(STATISTICS.search(shown)[1].replace(",", "")), 1500)
        self.assertNotIn("context is full", shown)
        self.say(person, "/help")
        person.wait_for("/save FILE")
        self.end(person)

    def test_interrupt_at_the_prompt(self):
        person = self.started()
        person.wait_for(PROMPT)
        person.type("half a line")
        person.wait_for("half a line")
        person.type(INTERRUPT)
        person.wait_for("Ctrl-C again")
        self.ask(person, "What is 7 + 5?", "7 + 5 = 12.")
        person.wait_for(PROMPT)
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
        self.say(person, "/dänce😀x\x7f\x7f")  # one key takes back one character
        person.wait_for('no command "/dänce"')
        self.end(person)

    def test_history_outlives_the_chat(self):
        person = self.started()
        self.say(person, "/help")
        person.wait_for("/save FILE")
        self.end(person)
        history = self.folder / "state/tugboat/history"
        self.assertEqual(0o600, stat.S_IMODE(history.stat().st_mode))

        person = self.started()
        self.say(person, UP)
        person.wait_for("/save FILE")
        self.end(person)

    def test_line_that_goes_on(self):
        person = self.started()
        self.say(person, "What is \\")
        person.wait_for(". ")
        person.type("7 + 5?\n")
        person.wait_for("12")
        self.end(person)


if __name__ == "__main__":
    unittest.main()
