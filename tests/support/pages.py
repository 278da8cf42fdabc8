"""Somebody who does what a page says: types its commands, pastes its rows, looks for what it shows.

How a page is written, so that it can be followed:

- `bash` is typed, each block in a shell of its own in the root folder, and must succeed;
- `csv` lines are added to the file that the paragraph above names, `yaml` is the file's new
  content, and `diff` changes it: the lines that stay and go (` `, `-`) must stand there once;
- `text` is what the commands above it printed, or what the file that the paragraph right above it
  names holds: its lines in their order, also as parts of longer ones.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./-]+\.\w+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the last paragraph above it."""

    language: str
    text: str
    above: str
    is_after_another: bool


def blocks(page: Path) -> list[Block]:
    text, listed = page.read_text(encoding="utf-8"), []
    for found in FENCE.finditer(text):
        before = text[: found.start()].rstrip()
        paragraph = FENCE.sub("", before).rstrip().rpartition("\n\n")[2]
        listed.append(Block(found[1], found[2], paragraph, before.endswith("```")))
    return listed


@dataclass
class Follower:
    """Works through pages in a folder; `printed` is what the last commands said."""

    root: Path
    environment: Mapping[str, str]
    # what stands elsewhere in the test than on the page
    instead: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""

    def follow(self, page: Path) -> str:
        """All that the page's commands printed."""
        everything = ""
        for block in blocks(page):
            match block.language:
                case "bash":
                    everything += self.type(block.text)
                case "text":
                    self.find(block)
                case "csv":
                    file = self.file_of(block)
                    file.write_text(file.read_text(encoding="utf-8") + block.text)
                case "yaml":
                    self.file_of(block).write_text(block.text)
                case "diff":
                    file = self.file_of(block)
                    file.write_text(changed(file.read_text(encoding="utf-8"), block.text))
                case other:
                    raise AssertionError(f"{page.name}: nobody knows what to do with {other}")
        return everything

    def type(self, script: str) -> str:
        for stated, here in self.instead.items():
            script = script.replace(stated, here)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.root,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-6000:]}"
        self.printed = done.stdout
        return done.stdout

    def find(self, block: Block) -> None:
        there = not block.is_after_another and FILE.search(block.above)
        text = self.file_of(block).read_text(encoding="utf-8") if there else self.printed
        lines = iter(map(flat, text.splitlines()))
        for line in filter(None, map(flat, block.text.splitlines())):
            assert any(line in other for other in lines), f"not found: {line}\nin:\n{text[-6000:]}"

    def file_of(self, block: Block) -> Path:
        named = FILE.findall(block.above)
        assert len(named) == 1, f"one file should be named: {block.above!r} says {named}"
        path = self.root / named[0]
        assert path.is_file(), f"{named[0]} is not there"
        return path


def flat(line: str) -> str:
    return " ".join(line.split())


def changed(text: str, diff: str) -> str:
    """The text with the change; its place is where the lines that stay or go stand, once."""
    lines = [(line[:1], line[1:]) for line in diff.splitlines(keepends=True)]
    old = "".join(line for mark, line in lines if mark != "+")
    new = "".join(line for mark, line in lines if mark != "-")
    assert text.count(old) == 1, f"stands {text.count(old)} times instead of once:\n{old}"
    return text.replace(old, new)


def commands(page: Path) -> Iterator[str]:
    """What a page tells to type within its sentences and tables: `make …` and `health …`."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    yield from re.findall(r"`((?:make|(?:\.venv/bin/)?health) [a-z][^`]*)`", prose)
