"""What is refused, and what only looks as if it should be."""

from pathlib import Path

import pytest

from generation.screening import BadBlockList, Screen, read_block_list

PROFANE = Screen()


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe", "classic", "cocktail", "Dickinson", "shiitake", "Essex girls", "Penistone", "annals",
        "cumin and spices", "To hell and damn the rain", "the crested cock crows", "Moby-Dick",
        "an ass-back ride",
        "a chink of light", "Poof! he vanished", "a Maine coon cat", "The Owl and the Pussy-cat went to sea",
        "she graduated summa cum laude", "Jack off to school", "the bastard signs of fair", "class of '55",
        "a girl on a bridge", "2*3*4 = 24", "*so* much *love*", "I a m t i r e d", "hmmm, aaah!",
        "今日你来", "问候你妈妈", "夜色逼近", "床前明月光", "太傻Baby", "傻bob",
        "assess", "the kung fu check", "fukkatsu", "a C#maj7 chord", "glass@example.org", "F#, Bb and C#",
    ],
)  # fmt: skip
def test_what_only_looks_like_profanity_passes(text: str) -> None:
    assert PROFANE.objection(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "fuck", "What the FUCK!", "fucking rain", "motherfuckers", "bullshit", "shits", "a blow job",
        "blow-jobs",
        "f.u.c.k", "f u c k", "s-h-i-t", "sh1t", "sh!t", "5h1t!", "$hit", "bullsh1t", "f*ck", "s**t",
        "fuuuuck",
        "shiiiit", "ｆｕｃｋ", "fück", "cúnt", "f\u200buck", "𝖋𝖚𝖈𝖐", "傻逼", "傻 逼", "你真傻*逼",
        "他傻B", "傻b吧", "f@ck", "fvck", "fukking", "phuck", "s#it", "fu ck", "f_uck", "bullsh@t",
    ],
)  # fmt: skip
def test_profanity_is_refused_however_it_is_spelled(text: str) -> None:
    objection = PROFANE.objection(text)
    assert objection is not None
    assert objection.kind == "profanity"


def test_profanity_passes_where_the_operator_wants_it() -> None:
    assert Screen(profanity=False).objection("fuck") is None


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("Voldemort", True),
        ("VOLDEMORT's wand", True),
        ("v0ldem0rt", True),
        ("voldemorting", False),
        ("V\u043eld\u0435mort", True),  # With two Cyrillic letters.
        ("Vol\u200bdemort", True),
        ("他說敏感詞", True),  # Traditional for simplified.
        ("the  dark\nlord", True),
        ("the dark lords", True),
        ("the dark and stormy lord", False),
        ("STRASSE", True),
        ("我说敏感词", True),
        ("敏 感·词", True),
        ("他很敏。感词", False),
        ("敏感", False),
        ("ＡＣＭＥ", True),
        ("acme's", True),
        ("Привет", True),
        ("приветливый", False),
        ("C", False),
        ("", False),
    ],
)
def test_words_of_the_operator_are_found_whole_and_chinese_ones_anywhere(text: str, blocked: bool) -> None:
    screen = Screen(blocked=["Voldemort", "the dark lord", "Straße", "敏感词", "acme", "привет", "  ", "!!"])
    objection = screen.objection(text)
    assert (objection is not None and objection.kind == "blocked") == blocked


@pytest.mark.parametrize(
    ("term", "found", "passes"),
    [
        ("C++", ["I code in C++ daily", "ｃ＋＋", "C++20"], ["Vitamin C", "C+", "VC++"]),
        ("C#", ["C#, then F"], ["C", "C minor", "# C"]),
        ("#1", ["We're #1!", "＃1"], ["I have 1 cat", "#10", "# 1"]),
        (".NET", ["the .net framework"], ["a fishing net", ".nets"]),
        ("🍌", ["a 🍌 a day"], ["a banana", "🍎"]),
        ("❤️", ["I ❤ rain"], ["♥"]),
        ("AT&T", ["at&t's"], ["at t", "hat&t"]),
        ("100% wool", ["100%  wool"], ["100 wool", "1100% wool"]),
        ("O'Brien", ["O’Brien’s", "o'brien"], ["brien"]),
        ("self-harm", ["self harm", "Self-Harm"], ["harm"]),
        ("ACME Corp.", ["acme corp", "ACME Corp."], ["acme"]),
        ('"the dark lord"', ["the dark lord"], ["dark lord"]),
        ("हिंदी", ["यह हिंदी है"], ["ह द"]),
    ],
)
def test_signs_of_a_term_count_but_for_those_that_join_words(
    term: str, found: list[str], passes: list[str]
) -> None:
    screen = Screen(profanity=False, blocked=[term])
    assert [text for text in [*found, *passes] if screen.objection(text)] == found


def test_in_a_block_list_a_comment_begins_a_line_or_follows_a_space(tmp_path: Path) -> None:
    file = tmp_path / "blocked.txt"
    file.write_text("#a comment\nC#\nF# # one more\n\\#1\n", encoding="utf-8")
    assert read_block_list(file) == ("C#", "F#", "#1")


def test_a_block_list_holds_a_word_or_phrase_a_line_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "blocked.txt"
    file.write_text("\ufeff# names\nVoldemort\n\n the dark lord  # both\n敏感词\n", encoding="utf-8")
    assert read_block_list(file) == ("Voldemort", "the dark lord", "敏感词")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_block_list_that_cannot_be_read_is_said_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "blocked.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadBlockList, match=r"blocked\.txt") as said:
        read_block_list(file)
    assert "\n" not in str(said.value)


def test_an_objection_does_not_hold_the_text() -> None:
    assert repr(PROFANE.objection("shit happens")) == "Objection(kind='profanity')"
