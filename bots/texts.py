"""Every sentence the bot says, in the reader's language (Project Fluent, files in locales/)."""

from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

LOCALES = ("en", "zh")


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
    """The sentence `key` in the reader's language, with `facts` filled in."""
    bundle = _bundle(supported(locale))
    if not bundle.has_message(key):
        raise UnknownText(key)
    pattern = bundle.get_message(key).value
    if pattern is None:
        raise UnknownText(key)
    sentence, errors = bundle.format_pattern(pattern, facts)
    if errors:
        raise errors[0]
    return str(sentence)


def placeholder(locale: str, *, queued: bool = True, place: int = 0) -> str:
    """What holds an answer's place until it is written."""
    if not queued:
        return say(locale, "waiting-for-broker")
    return say(locale, "in-line", place=place) if place else say(locale, "writing")
