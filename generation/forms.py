"""The kinds of writing: their instruction, limits and check, and how a form is read from a request."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], list[str]]


class UnknownForm(Exception):
    """Raised when a form is named that we do not write."""


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of writing. `instruction` takes {theme}; `lines` ends the writing after so many lines."""

    name: str
    instruction: str
    max_new_tokens: int
    check: Check
    lines: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    form: Form
    theme: str


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _has_lines(least: int, most: int, longest: int = 90) -> Check:
    """Between `least` and `most` lines, none longer than `longest` characters."""

    def check(text: str) -> list[str]:
        lines = lines_of(text)
        objections = []
        if not least <= len(lines) <= most:
            objections.append(f"{len(lines)} lines, wanted {least} to {most}")
        if any(len(line) > longest for line in lines):
            objections.append(f"a line of more than {longest} characters")
        return objections

    return check


def _has_words(least: int, most: int) -> Check:
    def check(text: str) -> list[str]:
        words = len(text.split())
        return [] if least <= words <= most else [f"{words} words, wanted {least} to {most}"]

    return check


_FORMS = (
    Form(
        "poem",
        "Write a short poem about {theme}. Use vivid images and short lines. Write only the poem.",
        120,
        _has_lines(3, 40),
        lines=16,
        aliases=("verse", "诗", "poetry"),
    ),
    Form(
        "haiku",
        "Write a haiku about {theme}: three short lines. Write only the haiku.",
        40,
        _has_lines(3, 3, longest=45),
        lines=3,
        aliases=("俳句",),
    ),
    Form(
        "limerick",
        "Write a funny limerick about {theme}: five lines that rhyme. Write only the limerick.",
        80,
        _has_lines(5, 5),
        lines=5,
    ),
    Form(
        "quatrain",
        "Write four short lines of rhyming verse about {theme}. Write only the four lines.",
        64,
        _has_lines(4, 4),
        lines=4,
        aliases=("rhyme", "绝句"),
    ),
    Form(
        "sonnet",
        "Write a sonnet about {theme}: fourteen lines that rhyme. Write only the sonnet.",
        220,
        _has_lines(14, 14),
        lines=14,
        aliases=("十四行诗",),
    ),
    Form(
        "story",
        "Write a short story about {theme}, with a beginning, a turn and an end.",
        320,
        _has_words(60, 400),
        aliases=("tale", "故事"),
    ),
    Form(
        "lyrics",
        "Write song lyrics about {theme}: a verse and a chorus. Write only the lyrics.",
        180,
        _has_lines(6, 40),
        lines=24,
        aliases=("song", "歌词"),
    ),
    Form(
        "slogan",
        "Write one catchy slogan of at most ten words for {theme}. Write only the slogan.",
        24,
        _has_lines(1, 1),
        lines=1,
        aliases=("tagline", "motto", "口号", "标语"),
    ),
    Form(
        "quest",
        "Write a quest for a fantasy game about {theme}: a title, the goal, three steps and the reward.",
        220,
        _has_words(30, 300),
        aliases=("mission", "任务"),
    ),
)
FORMS = {form.name: form for form in _FORMS}
_BY_WORD = {word: form for form in _FORMS for word in (form.name, *form.aliases)}
DEFAULT = FORMS["poem"]

_LEAD = (
    r"^(?:(?:please|can you|could you)\s+)*"
    r"(?:write|compose|make|give)?\s*(?:me|us)?\s*(?:an?|the|some|one)?\s*"
)
_ADJECTIVES = r"(?P<adjectives>(?:[\w'-]+\s+){0,3}?)"
_LINK = r"\s*(?:about|on|of|for|:|,)?\s*(?P<theme>.*)$"
_ASKED = re.compile(
    _LEAD + _ADJECTIVES + "(?P<form>" + "|".join(w for w in _BY_WORD if w.isascii()) + r")\b" + _LINK,
    re.IGNORECASE | re.DOTALL,
)
_ASKED_CHINESE = re.compile(
    r"^(?:请|帮我)?写?(?:一)?[首篇个句]?(?:关于)?(?P<theme>.*?)的?(?P<form>"
    + "|".join(w for w in _BY_WORD if not w.isascii())
    + r")$"
)


def form_named(name: str) -> Form:
    """The form of that name or alias. Raises UnknownForm."""
    try:
        return _BY_WORD[name.strip().lower()]
    except KeyError:
        raise UnknownForm(name) from None


def read_request(text: str, form: str | None = None) -> Asked:
    """Form and theme of a request: "a sad haiku about rain" → haiku, "rain (sad)". Raises UnknownForm.

    A named form takes the whole text as its theme, unless the text names that form again.
    """
    text = text.strip()
    named = form_named(form) if form else None
    match = _ASKED.match(text) or _ASKED_CHINESE.match(text)
    if match is None:
        return Asked(named or DEFAULT, text)
    asked = _BY_WORD[match["form"].lower()]
    if named is not None and asked is not named:
        return Asked(named, text)
    adjectives = (match.groupdict().get("adjectives") or "").strip()
    theme = match["theme"].strip(" .!") or text
    return Asked(asked, f"{theme} ({adjectives})" if adjectives else theme)
