"""Who looks, and in which language."""

import pytest

from studio.composer import Draft, to_draft
from studio.visitor import preferred_locale

KEY = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("wishes", "locale"),
    [
        ("", "en"),
        ("zh-CN", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, zh-TW;q=0.8, en;q=0.5", "zh"),
        ("en;q=0.3, zh;q=0.9", "zh"),
        ("fr-FR, de", "en"),
        ("zh;q=0, en", "en"),
        ("zh;q=lots, en", "en"),
    ],
)
def test_the_first_language_we_have_is_taken(wishes: str, locale: str) -> None:
    assert preferred_locale(wishes) == locale


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "text",
        {},
        {"text": "a", "key": 1},
        {"text": "a", "key": "../../etc"},
        {"text": None, "key": KEY},
    ],
)
def test_a_draft_of_another_shape_is_none(sent: object) -> None:
    assert to_draft(sent) is None


def test_a_draft_is_text_form_and_key() -> None:
    assert to_draft({"text": "rain", "form": "haiku", "key": KEY}) == Draft("rain", "haiku", KEY)
    assert to_draft({"text": "rain", "form": 7, "key": KEY}) == Draft("rain", None, KEY)


def test_a_draft_may_answer_a_piece() -> None:
    assert to_draft({"text": "shorter", "form": None, "key": KEY, "answers": 7}) == Draft(
        "shorter", None, KEY, 7
    )
    for answers in ("7", True, 7.0, None, {"id": 7}):
        assert to_draft({"text": "shorter", "key": KEY, "answers": answers}) == Draft("shorter", None, KEY)
