"""Every sentence exists in every language, with the same facts to fill in."""

from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import bots.texts
from bots.texts import LOCALES, LONGEST_FACT, UnknownText, newest, say, supported

FOLDER = Path(bots.texts.__file__).parent / "locales"


class Variables(Visitor):
    """Collects the names of the facts in a sentence."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the library's name.
        self.names.add(node.id.name)


def facts(locale: str) -> dict[str, set[str]]:
    """The facts of every sentence, by key. Fails on anything that is no sentence."""
    found = {}
    for entry in FluentParser().parse((FOLDER / f"{locale}.ftl").read_text(encoding="utf-8")).body:
        assert isinstance(entry, ast.Message | ast.BaseComment), f"{locale}: {entry}"
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{locale}: {entry.id.name} is there twice"
            variables = Variables()
            variables.visit(entry)
            found[entry.id.name] = variables.names
    return found


def test_all_languages_have_the_same_sentences_with_the_same_facts() -> None:
    assert facts("zh") == facts("en")


def test_there_is_a_file_for_every_language() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ftl")) == sorted(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_can_be_said(locale: str) -> None:
    for key, names in facts(locale).items():
        assert say(locale, key, **dict.fromkeys(names, "7")).strip()


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh"), ("zh_TW", "zh"), ("zh-hans", "zh"), ("EN", "en"), ("fr", "en"), ("", "en")],
)
def test_the_nearest_language_is_spoken(locale: str, language: str) -> None:
    assert supported(locale) == language


def test_a_sentence_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(UnknownText):
        say("en", "no-such-sentence")


def test_facts_are_filled_in_as_they_are() -> None:
    told = say("en", "writing-failed", prompt="12345")

    assert told == "I could not write this one. Please ask again. (No. 12345)"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_can_be_said_however_long_its_facts_are(locale: str) -> None:
    for key, names in facts(locale).items():
        assert say(locale, key, **dict.fromkeys(names, "雨" * 10_000)).strip()


def test_of_a_long_fact_the_beginning_is_said() -> None:
    told = say("en", "unknown-form", form="ode", forms="x" * LONGEST_FACT + "y")

    assert told.endswith(f"I can write: {'x' * (LONGEST_FACT - 1)}….")


@pytest.mark.parametrize(
    ("locale", "count", "named"),
    [
        ("en", 0, ""),
        ("en", 2, "v2, v1"),
        ("en", 10, "v10, v9, v8, v7, v6, v5, v4, v3, v2, v1"),
        ("en", 11, "v11, v10, v9, v8, v7, v6, v5, v4, v3, v2 and 1 more"),
        ("zh", 12, "v12, v11, v10, v9, v8, v7, v6, v5, v4, v3，以及另外 2 个"),
    ],
)
def test_of_many_names_the_newest_are_said(locale: str, count: int, named: str) -> None:
    assert newest(locale, [f"v{number}" for number in range(1, count + 1)]) == named
