"""A request is read into a form and a theme; a form's check knows what belongs to it."""

import pytest

from generation.forms import FORMS, UnknownForm, read_request


@pytest.mark.parametrize(
    ("text", "form", "theme"),
    [
        ("a haiku about rain", "haiku", "rain"),
        ("Write me a sad poem about the sea.", "poem", "the sea (sad)"),
        ("rain", "poem", "rain"),
        ("quatrain: old boots", "quatrain", "old boots"),
        ("slogan for a bakery", "slogan", "a bakery"),
        ("please write a funny limerick on a goat", "limerick", "a goat (funny)"),
        ("写一首关于雨的诗", "poem", "雨"),
        ("a song of the road", "lyrics", "the road"),
        ("tell me of love", "poem", "tell me of love"),
        ("poem", "poem", "poem"),
        ("a haiku about\n{theme} and {braces}", "haiku", "{theme} and {braces}"),
    ],
)
def test_a_request_is_read_into_form_and_theme(text: str, form: str, theme: str) -> None:
    asked = read_request(text)
    assert (asked.form.name, asked.theme) == (form, theme)


def test_a_named_form_wins_over_the_text() -> None:
    asked = read_request("a haiku about rain", form="story")
    assert (asked.form.name, asked.theme) == ("story", "a haiku about rain")


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(UnknownForm):
        read_request("rain", form="novel")


@pytest.mark.parametrize(
    ("form", "text", "valid"),
    [
        ("haiku", "old pond\na frog leaps in\nwater's sound", True),
        ("haiku", "old pond a frog leaps in", False),
        ("limerick", "a\nb\nc\nd\ne", True),
        ("slogan", "Fresh bread, fresh day.", True),
        ("slogan", "One.\nTwo.", False),
        ("story", "Too short.", False),
        ("poem", "", False),
    ],
)
def test_the_check_knows_what_belongs_to_a_form(form: str, text: str, valid: bool) -> None:
    assert (FORMS[form].check(text) == []) is valid
