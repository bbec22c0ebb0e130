"""How a reader wants a piece to be, in the words that a model reads. Pure."""

from typing import Literal

Length = Literal["short", "usual", "long"]

_LENGTHS = {
    ("short", "en"): "very short",
    ("long", "en"): "a long one",
    ("short", "zh"): "要短",
    ("long", "zh"): "要长",
}
_CHANGES = {
    ("short", "en"): "shorter",
    ("long", "en"): "longer",
    ("short", "zh"): "更短",
    ("long", "zh"): "更长",
}


def theme_with(theme: str, tone: str, length: Length, language: str) -> str:
    """A theme with its manner, as adjectives are kept: "rain (wistful, very short)".

    It is part of the theme from then on, so a piece is trained on with what it was asked with.
    """
    manner = _joined([tone, _LENGTHS.get((length, _spoken(language)), "")], language)
    opening, closing = ("（", "）") if language == "zh" else (" (", ")")
    added = f"{opening}{manner}{closing}"
    return theme if not manner or theme.endswith(added) else theme + added


def instruction_with(instruction: str, tone: str, length: Length, language: str) -> str:
    """What is to become of a piece, with its manner: "in rhyme, wistful, shorter"."""
    return _joined([instruction, tone, _CHANGES.get((length, _spoken(language)), "")], language)


def _joined(words: list[str], language: str) -> str:
    return ("，" if language == "zh" else ", ").join(word for word in words if word)


def _spoken(language: str) -> str:
    return "zh" if language == "zh" else "en"
