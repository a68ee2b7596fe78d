"""Finds the commands in Markdown pages.

A command is a line of a fence marked `sh`, or what follows `$ ` in a fence marked `text`, where its output follows. Lines that end
in a backslash go on. A fence after the comment `<!-- not run: REASON -->` is passed over.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")


@dataclass
class Command:
    """What a page tells its readers to type."""

    page: Path
    line: int
    text: str
    # The lines that the page shows below it.
    output: list[str] = field(default_factory=list)
    # Why it is not run, or an empty string.
    not_run: str = ""
    # Commands of one fence have the same number: `cd` holds until the next.
    fence: int = 0

    def __str__(self):
        return f"{self.page}:{self.line}: {self.text}"

    @property
    def error(self):
        """The error that the page shows, or None: the command is meant to fail with it."""
        return next((line for line in self.output if line.startswith("error: ")), None)


def commands(page):
    """The commands of a page's fences, in order."""
    found = []
    language, not_run, fence, goes_on = None, "", 0, False
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if line.startswith("```"):
            if language is None:
                language, fence = line.removeprefix("```").strip(), number
            else:
                language, not_run = None, ""
            goes_on = False
        elif language is None:
            if reason := NOT_RUN.search(line):
                not_run = reason[1]
            elif line.strip():
                not_run = ""
        elif goes_on:
            found[-1].text = found[-1].text.removesuffix("\\") + line.strip()
            goes_on = line.endswith("\\")
        elif language == "sh" and line.strip() and not line.startswith("#"):
            found.append(Command(page, number, line.strip(), not_run=not_run, fence=fence))
            goes_on = line.endswith("\\")
        elif language == "text" and line.startswith("$ "):
            found.append(Command(page, number, line.removeprefix("$ "), not_run=not_run, fence=fence))
            goes_on = line.endswith("\\")
        elif language == "text" and found and found[-1].fence == fence:
            found[-1].output.append(line)
    return found


def inline_cargo_commands(page):
    """The cargo commands in a page's sentences, between backticks."""
    text = re.sub(r"^```.*?^```", lambda fence: "\n" * fence[0].count("\n"), page.read_text(), flags=re.M | re.S)
    return [
        Command(page, text.count("\n", 0, match.start()) + 1, " ".join(match[1].split()))
        for match in re.finditer(r"`(cargo [^`]+)`", text)
    ]
