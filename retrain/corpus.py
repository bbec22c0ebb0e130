"""A body of poems to train on: read, cleaned, and split the same way every time."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from generation.checks import check
from generation.checks.chinese_verse import ChineseLines
from generation.forms import Catalogue, Form, UnknownForm
from generation.originality.files import NothingToRead, documents_in
from generation.originality.segments import Document
from retrain.problems import BadCorpus

Split = Literal["train", "dev", "test"]

_PARTS: tuple[Split, ...] = ("dev", "test")
_SHARE = 0.1  # Of the poems, for dev, and as many for test.
_LEAST = 8  # Poems; with fewer a split says nothing.
_RULE = re.compile(r"\n[ \t]*(?:[-*_=][ \t]*){3,}\n|\n(?:[ \t]*\n){2,}")
_BLANK = re.compile(r"\n[ \t]*\n")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LONGEST_THEME = 60  # Characters.


@dataclass(frozen=True, slots=True)
class Poem:
    """A text that people wrote, and what it answers to."""

    form: str
    theme: str
    language: str
    text: str

    @property
    def key(self) -> int:
        """The same for the same words, whatever their punctuation and layout."""
        words = "".join(letter for letter in self.text.casefold() if letter.isalnum())
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8])


@dataclass(frozen=True, slots=True)
class Corpus:
    train: tuple[Poem, ...]
    dev: tuple[Poem, ...]
    test: tuple[Poem, ...]
    left_out: dict[str, int] = field(default_factory=dict)  # Poems, by reason.

    @property
    def sha256(self) -> str:
        """Of every poem in its split, in any order."""
        named = (("train", self.train), ("dev", self.dev), ("test", self.test))
        lines = sorted(
            f"{split} {p.key:x} {p.form} {p.language} {p.theme}" for split, ps in named for p in ps
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_corpus(path: Path, forms: Catalogue, form: str | None = None, in_form: bool = False) -> Corpus:
    """The poems of a file or a folder, each once. Raises BadCorpus.

    `form`: what kind of writing they are, guessed if it is None; `in_form` leaves out what fails its checks.
    """
    if not path.exists():
        raise BadCorpus(f"there is no {path}")
    complaints: list[str] = []
    try:
        documents = list(documents_in(path, complaints.append))
    except NothingToRead as error:
        raise BadCorpus(str(error)) from None
    loose = path.suffix.lower() == ".txt"
    texts = [part for document in documents for part in parts_of(document, loose)]
    if not texts:
        raise BadCorpus(f"{path} holds no poem" + (f": {complaints[0]}" if complaints else ""))
    kind = _form(forms, form, texts)
    found = {poem.key: poem for poem in (_poem(text, kind) for text in texts)}
    kept = [p for p in found.values() if not in_form or check(kind, p.text, p.language).score == 1]
    if len(kept) < _LEAST:
        raise BadCorpus(f"{path} holds {len(kept)} poems to learn from, and {_LEAST} are needed")
    left_out = {
        "unreadable": len(complaints),
        "duplicate": len(texts) - len(found),
        "not in form": len(found) - len(kept),
    }
    return replace(split(kept), left_out={reason: count for reason, count in left_out.items() if count})


def parts_of(document: Document, loose: bool = False) -> list[Document]:
    """The poems of one text, between rules or several blank lines; `loose`: else between blank lines."""
    text = document.text.replace("\r\n", "\n")
    parts = _RULE.split(text)
    if loose and len(parts) == 1:
        parts = _BLANK.split(text)
    title = document.title if len(parts) == 1 else ""
    return [replace(document, text=part.strip(), title=title) for part in parts if part.strip()]


def _form(forms: Catalogue, named: str | None, texts: Sequence[Document]) -> Form:
    """The form of that name; else the one of Chinese verse that most texts keep; else the usual one."""
    if named is not None:
        try:
            return forms.named(named)
        except UnknownForm:
            raise BadCorpus(f"{named} is no form: {', '.join(forms.names)}") from None
    seen = texts[:: max(1, len(texts) // 100)]
    for form in forms.values():
        lines = [c for c in form.checks if isinstance(c, ChineseLines)]
        if lines and sum(lines[0].judge(text.text).score == 1 for text in seen) > 0.9 * len(seen):
            return form
    return forms.default


def _poem(document: Document, form: Form) -> Poem:
    language = form.language or language_of(document.text)
    theme = " ".join(re.sub(r"[-_]", " ", document.title).split())[:_LONGEST_THEME]
    return Poem(form.name, theme or _theme_of(document.text, language), language, document.text)


def _theme_of(text: str, language: str) -> str:
    """Words of an untitled poem that somebody might have asked for it with, the same ones every time."""
    lines = [line for line in text.splitlines() if line.strip()]
    line = lines[int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % len(lines)]
    if language == "zh":
        return "".join(_HAN.findall(line))[:2] or line[:2]
    return " ".join(line.strip(" ,.;:!?—-").split()[:6])[:_LONGEST_THEME]


def split(poems: Iterable[Poem]) -> Corpus:
    """By the hash of their words, so that new poems move none of the others.

    A part that would stay empty takes the poem whose hash is nearest to it.
    """
    parts: dict[Split, list[Poem]] = {"train": [], "dev": [], "test": []}
    for poem in sorted(poems, key=lambda poem: poem.key):
        place = poem.key / 2**64
        parts["dev" if place < _SHARE else "test" if place < 2 * _SHARE else "train"].append(poem)
    for part in _PARTS:
        if not parts[part]:
            parts[part].append(parts["train"].pop(0))
    return Corpus(tuple(parts["train"]), tuple(parts["dev"]), tuple(parts["test"]))


def language_of(text: str) -> str:
    letters = sum(letter.isalpha() for letter in text)
    return "zh" if 2 * len(_HAN.findall(text)) > letters else "en"
