"""What a reader may ask, and what happens to it before it is a row."""

import pytest

from bots.messages import Refused
from worker.inbox import checked_request, clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("rain", "rain"),
        ("  rain\x00\x07 ", "rain"),
        ("line\none", "line\none"),
        ("a\u200b\u202eb", "ab"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_control_characters_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("", None, "empty-prompt"),
        (" \n\t ", None, "empty-prompt"),
        ("\x00\x01\x02", None, "empty-prompt"),
        ("a" * 10_000, None, "prompt-too-long"),
        ("rain", "novel", "unknown-form"),
        ("", "haiku", "empty-prompt"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_reason(text: str, form: str | None, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_request(text, form, 2000)
    assert refused.value.reason == reason


def test_what_is_within_the_limit_is_taken() -> None:
    assert checked_request("a" * 2000, None, 2000).theme == "a" * 2000
