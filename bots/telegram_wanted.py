"""What the bot asked a reader to answer: their own version of a piece, or what was wrong with it.

The question itself names the piece, so an answer finds it after a restart as well. Only answers to these
questions are taken so: an answer to the piece is an instruction.
"""

import re
from dataclasses import dataclass

from bots.telegram_buttons import REASONS
from bots.texts import LOCALES, say


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The reader's own version of a piece."""

    completion_id: int


@dataclass(frozen=True, slots=True)
class Comment:
    """What was wrong with a piece, in the reader's words."""

    completion_id: int
    reason: str = ""


Wanted = Rewrite | Comment

_PIECE = re.compile(r"№ ?(?P<piece>[0-9]{1,18})")


def question(wanted: Wanted, locale: str) -> str:
    """The sentence that asks for it."""
    piece = str(wanted.completion_id)
    if isinstance(wanted, Rewrite):
        return say(locale, "telegram-your-version", piece=piece)
    reason = say(locale, "telegram-reason", reason=wanted.reason or "other")
    return say(locale, "telegram-your-words", piece=piece, reason=reason)


def asked_by(sentence: str) -> Wanted | None:
    """What a sentence of the bot asked for, if it is such a question."""
    match = _PIECE.search(sentence)
    if match is None:
        return None
    piece = int(match["piece"])
    possible: list[Wanted] = [Rewrite(piece), *(Comment(piece, reason) for reason in ("", *REASONS))]
    return next((w for w in possible for locale in LOCALES if question(w, locale) == sentence.strip()), None)
