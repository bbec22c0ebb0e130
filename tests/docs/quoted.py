"""Commands as the documentation quotes them: in blocks of code, and in running text."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import REPOSITORY

PAGES = sorted(
    [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *(REPOSITORY / "docs").glob("*.md")]
)
_BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_PREFIXES = ("$ ", ".venv/bin/", "sudo ")
_ASSIGNED = re.compile(r"^[A-Z_]+=\S+$")
_ENDS = {"|", ">", "<", "&&", ";", "||"}
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SETTING = re.compile(r"^[A-Z_]+=\S*$")
_AND = re.compile(r""" && (?=(?:[^'"]|'[^']*'|"[^"]*")*$)""")  # Outside of quotation marks.
_COMMENT = re.compile(r"\s+# .*$")


def typed() -> list[str]:
    """Every command that the documentation has one type into a shell, those joined by && apart.

    Drawings and files name their language, settings for `.env` are no commands.
    """
    pages = (page for page in PAGES if page.name != "cli.md")
    fenced = (found for page in pages for found in _FENCED.findall(page.read_text(encoding="utf-8")))
    blocks = [block for language, block in fenced if not language]
    lines = [
        _COMMENT.sub("", line).strip()
        for block in blocks
        for line in re.sub(r" *\\\n *", " ", block).splitlines()
    ]
    commands = (one for line in lines for one in _AND.split(line) if one and not _SETTING.match(one))
    return list(dict.fromkeys(one.removeprefix("$ ").removeprefix(".venv/bin/") for one in commands))


def in_prose(program: str) -> set[str]:
    """Every whole command of a program within a sentence, those joined by && apart."""
    texts = (_BLOCK.sub("", page.read_text(encoding="utf-8")) for page in PAGES if page.name != "cli.md")
    spans = (span for text in texts for span in _INLINE.findall(text))
    commands = (one for span in spans for one in _AND.split(span))
    return {one for one in commands if re.search(rf"(?:^|; ){program} ", one)}


def commands_in(text: str, program: str) -> Iterator[list[str]]:
    """The words of each command of a program, without what the shell makes of the rest of the line."""
    blocks = [line for block in _BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in blocks + _INLINE.findall(_BLOCK.sub("", text)):
        yield from _of_line(line.strip(), program)


def quoted(program: str) -> list[tuple[Path, list[str]]]:
    return [
        (page, words)
        for page in PAGES
        if page.name != "cli.md"  # Made from the commands themselves.
        for words in commands_in(page.read_text(encoding="utf-8"), program)
    ]


def _of_line(line: str, program: str) -> Iterator[list[str]]:
    for prefix in _PREFIXES:
        line = line.removeprefix(prefix)
    if program.split()[0] not in line:
        return
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # Prose with an apostrophe.
        return
    while words and _ASSIGNED.match(words[0]):
        words.pop(0)
    if " ".join(words[: len(program.split())]) != program:
        return
    rest = words[len(program.split()) :]
    end = next((number for number, word in enumerate(rest) if word in _ENDS), len(rest))
    yield rest[:end]
