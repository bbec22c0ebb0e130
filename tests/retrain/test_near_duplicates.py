"""Which texts are nearly the same, on any machine."""

import hashlib

import pytest

from retrain.near_duplicates import Seen, fingerprint
from retrain.subjects import content_words, subject

POEM = "The rain came down on the iron roof,\nand the dog lay still by the door,\nlistening."
MOON = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (POEM, POEM.upper().replace(",", " -"), True),
        (POEM, POEM.replace("iron", "metal"), True),
        (POEM, f"{POEM} Waiting.", True),
        (POEM, POEM[: len(POEM) // 2], False),
        (POEM, "A kite above the harbour wall\npulls at the hand of a child.", False),
        (MOON, MOON.replace("，", "\n"), True),
        (MOON, "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。", False),
        ("", "", True),
        ("?!", "...", False),
        ("a", "a", True),
    ],
)
def test_texts_are_compared_by_their_letters(one: str, other: str, near: bool) -> None:
    seen = Seen(0.7)
    seen.add(fingerprint(one))
    assert seen.near(fingerprint(other)) == near


def test_nothing_is_like_nothing() -> None:
    assert not Seen(0.7).near(fingerprint(POEM))


def test_a_fingerprint_is_the_same_on_any_machine() -> None:
    digest = hashlib.sha256(repr(list(fingerprint(POEM).digest())).encode()).hexdigest()
    assert digest == "47a99ec8a57bc20a05ce98e56bf78558e202c389c5c8fb57d9b21ae425914af1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rain", " the rain. "),
        ("an old lighthouse at dusk", "Old lighthouses, and dusk"),
        ("the cat and the moon", "Moon and cat"),
        ("春天", "春天！"),
        ("the", "The"),
    ],
)
def test_the_same_request_in_other_words_is_one_subject(one: str, other: str) -> None:
    assert content_words(one) == content_words(other)
    assert subject("poem", one, "en") == subject("poem", other, "en")


def test_another_form_or_language_is_another_subject() -> None:
    assert (
        len({subject("poem", "rain", "en"), subject("haiku", "rain", "en"), subject("poem", "rain", "zh")})
        == 3
    )
