"""Every sentence the bot says, in the reader's language (Project Fluent, files in locales/)."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

LOCALES = ("en", "zh")
LONGEST_FACT = 800  # Characters: Fluent refuses more than 2,500 for all that a choice in a sentence says.

_NAMED = 10


class UnknownText(Exception):
    """Raised when code asks for a sentence that no locale file has."""


@cache
def _bundle(locale: str) -> FluentBundle:
    bundle = FluentBundle([locale], use_isolating=False)
    source = (Path(__file__).parent / "locales" / f"{locale}.ftl").read_text(encoding="utf-8")
    bundle.add_resource(FluentResource(source))
    return bundle


def supported(locale: str) -> str:
    """The language we answer in for a platform's locale: "zh-CN" → "zh", "fr" → "en"."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LOCALES else "en"


def is_sentence(key: str) -> bool:
    """Whether there is a sentence for a key."""
    return _bundle(LOCALES[0]).has_message(key)


def form_name(locale: str, form: str) -> str:
    """The reader's word for a form. An operator's own has no other name than its own."""
    key = f"studio-form-{form}"
    return say(locale, key) if is_sentence(key) else form


def say(locale: str, key: str, **facts: str | int) -> str:
    """The sentence `key` in the reader's language, with `facts` filled in; of a long one, its beginning."""
    bundle = _bundle(supported(locale))
    if not bundle.has_message(key):
        raise UnknownText(key)
    pattern = bundle.get_message(key).value
    if pattern is None:
        raise UnknownText(key)
    told = {name: _shortened(fact) for name, fact in facts.items()}
    sentence, errors = bundle.format_pattern(pattern, told)
    if errors:
        raise errors[0]
    return str(sentence)


def newest(locale: str, names: Sequence[str]) -> str:
    """The last of some names, the newest first, and how many more there are."""
    shown = ", ".join(reversed(names[-_NAMED:]))
    more = len(names) - _NAMED
    return say(locale, "and-more", names=shown, more=more) if more > 0 else shown


def placeholder(locale: str, *, queued: bool = True, place: int = 0) -> str:
    """What holds an answer's place until it is written."""
    if not queued:
        return say(locale, "waiting-for-broker")
    return say(locale, "in-line", place=place) if place else say(locale, "writing")


def _shortened(fact: str | int) -> str | int:
    if isinstance(fact, int) or len(fact) <= LONGEST_FACT:
        return fact
    return fact[: LONGEST_FACT - 1] + "…"
