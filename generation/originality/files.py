"""Read documents from an operator's files: JSON Lines, JSON arrays, folders of plain text."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from generation.originality.segments import Document

_SUFFIXES = (".txt", ".json", ".jsonl")

Complain = Callable[[str], None]


class NothingToRead(Exception):
    """Raised when a path holds no file that is understood."""


def documents_in(path: Path, complain: Complain) -> Iterator[Document]:
    """The documents of a file or a folder; what cannot be read is named and skipped. Raises NothingToRead."""
    files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.suffix.lower() in _SUFFIXES)
    if not files or files[0].suffix.lower() not in _SUFFIXES:
        raise NothingToRead(f"{path} is no {', '.join(_SUFFIXES)} file and no folder that holds any")
    for file in files:
        yield from _of_file(file, complain)


def _of_file(file: Path, complain: Complain) -> Iterator[Document]:
    try:
        if file.suffix.lower() == ".jsonl":
            yield from _lines(file, complain)
        elif file.suffix.lower() == ".json":
            yield from _array(file, complain)
        else:
            yield Document(file.read_text(encoding="utf-8-sig"), title=file.stem)
    except UnicodeDecodeError:
        complain(f"{file}: not UTF-8 text")
    except OSError as error:
        complain(f"{file}: {error.strerror or type(error).__name__}")


def _lines(file: Path, complain: Complain) -> Iterator[Document]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError:  # Of the encoding, too.
                complain(f"{file}:{number}: not JSON")
                continue
            yield from _document(value, f"{file}:{number}", complain)


def _array(file: Path, complain: Complain) -> Iterator[Document]:
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        complain(f"{file}:{error.lineno}: not JSON")
        return
    for number, value in enumerate(values if isinstance(values, list) else [values], 1):
        yield from _document(value, f"{file}, item {number}", complain)


def _document(value: Any, where: str, complain: Complain) -> Iterator[Document]:
    """A document of `text`, or of the `paragraphs` that collections of Chinese poems have; or a bare text."""
    fields = value if isinstance(value, dict) else {"text": value}
    text = fields.get("text", fields.get("paragraphs"))
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "\n".join(text)
    if not isinstance(text, str) or not text.strip():
        complain(f"{where}: no text")
        return
    title, author = fields.get("title") or fields.get("rhythmic"), fields.get("author")
    yield Document(text, *(name if isinstance(name, str) else "" for name in (title, author)))
