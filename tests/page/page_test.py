#!/usr/bin/env python3
"""The page in a real browser, against a real server; skipped where no Chromium is installed."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
# pylint: disable=wrong-import-position
from browser import Browser, find
from scripted_model import write_model
from serve_test import Serving
from tug_program import TugTest

SKIPPED = 77
TURNS = "[...document.querySelectorAll('article')].map(a => a.innerText)"
IDLE = "document.querySelector('[role=status]').textContent !== 'Answering'"
HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


class Page(TugTest):
    def page(self, *arguments, width=1000):
        self.server = Serving(*arguments)
        self.addCleanup(self.server.close)
        self.address = f"http://127.0.0.1:{self.server.port}/"
        browser = Browser(find(), width)
        self.addCleanup(browser.close)
        self.addCleanup(lambda: self.assert_own_host(browser))
        browser.open(self.address)
        return browser

    def assert_own_host(self, browser):
        foreign = [url for url in browser.requests() if not url.startswith((self.address, "data:", "about:"))]
        self.assertEqual([], foreign)

    def ask(self, browser, text):
        browser.value("document.querySelector('.composer textarea').focus()")
        browser.type(text)
        browser.press("Enter", 13)

    def test_asks_by_keyboard_and_remembers(self):
        browser = self.page("demo", width=390)
        for _ in range(20):  # by Tab alone
            if browser.value("document.activeElement.matches('.composer textarea')"):
                break
            browser.press("Tab", 9)
        browser.type("What is the capital of Italy?")
        browser.press("Enter", 13)
        browser.wait_for(f"{IDLE} && document.body.innerText.includes('Rome')")
        browser.wait_for("document.querySelector('footer').innerText.includes('tok/s')")
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True
        )
        self.assertLessEqual(browser.value("document.documentElement.scrollWidth"), 390)
        before = browser.value(TURNS)
        browser.call("Page.reload")
        browser.wait_for("document.body?.innerText.includes('Rome')")
        self.assertEqual(before, browser.value(TURNS))

    def test_stops(self):
        pieces = [f"word{i} " for i in range(100)]
        browser = self.page(write_model(self.folder / "endless", pieces, again=True, context=16384))
        self.ask(browser, "Go")
        browser.wait_for("document.body?.innerText.includes('word50')")
        browser.press("Escape", 27)
        browser.wait_for(IDLE)
        self.assertIn("Regenerate", browser.value(TURNS)[1])

    def test_asks_for_the_key_and_keeps_it(self):
        browser = self.page("demo", "--api-key-file", self.file("key", "s3cret\n"))
        browser.wait_for("!!document.querySelector('.key input')")
        browser.value("document.querySelector('.key input').focus()")
        browser.type("s3cret")
        browser.press("Enter", 13)
        browser.wait_for("document.querySelector('.model').textContent === 'demo'")
        self.ask(browser, "What is the capital of Italy?")
        browser.wait_for("document.body.innerText.includes('Rome')")
        browser.call("Page.reload")
        browser.wait_for("document.querySelector('.model')?.textContent === 'demo'")
        self.assertFalse(browser.value("!!document.querySelector('.key')"))

    def test_another_conversation_gets_nothing_of_the_first(self):
        pieces = [f"word{i} " for i in range(100)]
        browser = self.page(write_model(self.folder / "endless", pieces, again=True, context=16384))
        self.ask(browser, "Go")
        browser.wait_for("document.body.innerText.includes('word50')")
        browser.value("[...document.querySelectorAll('header button')].find(b => b.innerText === 'New').click()")
        browser.wait_for(IDLE)
        self.assertEqual([], browser.value(TURNS))
        browser.call("Page.reload")
        browser.wait_for("document.body?.innerText.includes('word50')")

    def test_a_script_stays_text(self):
        browser = self.page(write_model(self.folder / "hostile", ["Look: ", HOSTILE, "\n\n", HOSTILE + "!"]))
        self.ask(browser, HOSTILE)
        browser.wait_for(f"{IDLE} && document.querySelectorAll('article').length === 2")
        browser.wait_for("document.querySelector('footer').innerText.includes('Regenerate')")
        question, answer = browser.value(TURNS)
        self.assertIn(HOSTILE, question)
        self.assertEqual(2, answer.count(HOSTILE))
        self.assertIsNone(browser.value("window.hacked"))
        self.assertEqual(0, browser.value("document.querySelectorAll('img, article script').length"))

    def trace(self, browser, act):
        """The tasks of the page's main thread while `act` runs."""
        browser.call(
            "Tracing.start",
            transferMode="ReportEvents",
            categories="toplevel",
        )
        act()
        browser.call("Tracing.end")
        while browser.events[-1]["method"] != "Tracing.tracingComplete":
            browser.events.append(browser.read())
        parts = [one["params"]["value"] for one in browser.events if one["method"] == "Tracing.dataCollected"]
        events = [event for part in parts for event in part]
        main = {
            (event["pid"], event["tid"])
            for event in events
            if event.get("args", {}).get("name") == "CrRendererMain"
        }
        return [event for event in events if (event["pid"], event["tid"]) in main and "tdur" in event]

    def test_ten_thousand_tokens_hold_up_nothing(self):
        """Counts the processor's time of each task, which other programs on this machine do not change."""
        # So many that the server does not take it for an answer that goes in circles.
        pieces = [f"word{i}{' ' if i % 20 else '.' + chr(10) * 2}" for i in range(560)]
        pieces += ["```js\n", "let x = 1;\n", "let y = 2;\n", "```\n\n", "* one\n", "* two\n\n"]
        browser = self.page(write_model(self.folder / "long", pieces, again=True, context=10_100))

        def act():
            self.ask(browser, "Go")
            browser.wait_for("document.querySelector('footer')?.textContent.includes('Regenerate')")

        tasks = self.trace(browser, act)
        words = len(browser.value(TURNS)[1].split())
        longest = max(task["tdur"] for task in tasks) / 1000
        print(f"{words} words, {len(tasks)} tasks, the longest {longest:.0f} ms of processor time")
        self.assertGreater(words, 9000)
        self.assertLess(longest, 200)


if __name__ == "__main__":
    if not find():
        sys.exit(SKIPPED)
    unittest.main()
