"""Long texts are cut where a reader would cut them, and nothing is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.splitting import open_fence, parts, utf16_length

FENCED = st.lists(st.sampled_from(["a", " ", "\n", "```\n", "\n```", "```py\n", "🌧"]), max_size=80).map(
    "".join
)
LETTERS = st.text(st.sampled_from("ab 你🌧\u0301\n.!?。，"), max_size=300)

steady = settings(deadline=None, database=None, derandomize=True)


@steady
@given(text=st.one_of(st.text(), LETTERS), limit=st.integers(2, 60))
def test_joined_parts_are_the_text_and_each_is_within_the_limit(text: str, limit: int) -> None:
    pieces = parts(text, limit, utf16_length)

    assert "".join(pieces) == text
    assert all(utf16_length(piece) <= limit for piece in pieces)


@steady
@given(text=LETTERS)
def test_a_text_within_the_limit_is_one_message(text: str) -> None:
    assert parts(text, utf16_length(text) or 1, utf16_length) == [text]


@steady
@given(words=st.lists(st.sampled_from(["rain", "on", "the", "roof"]), min_size=1, max_size=200))
def test_a_part_that_is_followed_by_another_is_at_least_half_full(words: list[str]) -> None:
    pieces = parts(" ".join(words), 40)

    assert all(len(piece) >= 20 for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("text", "limit", "first"),
    [
        pytest.param("aaaa aaaa\n\nbbbb.\nbbbb", 18, "aaaa aaaa\n\n", id="stanza before line"),
        pytest.param("aaaa aaaa. aaaa\nbbbb bbbb", 22, "aaaa aaaa. aaaa\n", id="line before sentence"),
        pytest.param("Rain\nbbbb bbbb. bbbb bbbb bb\nc", 24, "Rain\n", id="a line that fits is not cut"),
        pytest.param("aaaa aaaa. bbbb bbbb", 18, "aaaa aaaa. ", id="sentence before word"),
        pytest.param("aaaa aaaa bbbb", 12, "aaaa aaaa ", id="word"),
        pytest.param("aaaaaaaabbbb", 8, "aaaaaaaa", id="nowhere to cut"),
        pytest.param("Rain\n\n" + "a-long-line " * 9, 60, "Rain\n\n" + "a-long-line " * 4, id="title stays"),
        pytest.param("price 3.14 of it all", 9, "price ", id="no cut in a number"),
        pytest.param("雨落在屋顶上。没有人数它。", 9, "雨落在屋顶上。", id="Chinese sentence"),
        pytest.param("aaaa\n\n\n\nbbbb", 8, "aaaa\n\n\n\n", id="blank lines stay together"),
    ],
)
def test_the_first_part_ends_where_a_reader_would_pause(text: str, limit: int, first: str) -> None:
    assert parts(text, limit)[0] == first


@pytest.mark.parametrize("whole", ["e\u0301", "👩\u200d🚀", "👍🏽", "🌧\ufe0f", "🇨🇳"])
def test_what_a_reader_sees_as_one_character_stays_whole(whole: str) -> None:
    for before in range(10):
        pieces = parts("x" * before + whole * 5, 8, utf16_length)
        assert all(piece.replace(whole, "").strip("x") == "" for piece in pieces)


@pytest.mark.parametrize(("text", "units"), [("", 0), ("rain", 4), ("雨", 1), ("🌧", 2), ("\ud83c", 1)])
def test_length_is_counted_as_telegram_counts(text: str, units: int) -> None:
    assert utf16_length(text) == units


def test_a_story_of_twenty_thousand_characters_is_cut_between_stanzas() -> None:
    stanza = "The rain 🌧 comes down\nand no one counts the drops\n\n"
    pieces = parts(stanza * 400, 4096, utf16_length)

    assert all(piece.endswith("drops\n\n") for piece in pieces)
    assert len(pieces) == 6


def test_no_line_of_a_long_ballad_is_cut() -> None:
    lines = [
        f"{'🌧' * (number % 40)} and line {number} of the ballad goes on and on\n" for number in range(400)
    ]
    pieces = parts("".join(lines), 4096, utf16_length)

    assert [line for piece in pieces for line in piece.splitlines(keepends=True)] == lines


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    code = "".join(f"line {number}\n" for number in range(6))
    pieces = parts(f"Say:\n```python\n{code}```\nend", 34)

    assert pieces == [
        "Say:\n```python\nline 0\nline 1\n```",
        "```python\nline 2\nline 3\n```",
        "```python\nline 4\nline 5\n```\nend",
    ]


@steady
@given(text=FENCED, limit=st.integers(30, 60))
def test_every_part_closes_the_fences_that_it_opens(text: str, limit: int) -> None:
    pieces = parts(text, limit, utf16_length)
    shown = "".join(pieces)

    assert all(utf16_length(piece) <= limit for piece in pieces)
    assert not any(open_fence(piece) for piece in pieces[:-1])
    assert letters(shown) == letters(text)


def letters(text: str) -> str:
    return "".join(letter for letter in text if letter in "a🌧")
