"""How words sound: by the dictionary, and by spelling where it has no entry."""

import random
import threading

import pronouncing
import pytest

from generation.checks import chinese, english
from generation.checks.rhyme import line_end, rhymes_in_group
from generation.checks.syllables import syllables_in


@pytest.mark.parametrize(
    ("line", "fewest", "most"),
    [
        ("the quick brown fox", 4, 4),
        ("fire", 1, 2),
        ("Heav'n o’er damask'd", 4, 4),  # The dictionary has none of the three.
        ("untrimm'd, Jabberwocky", 6, 6),
        ("singin' 雨天", 4, 4),
        ("— …", 0, 0),
        ("100 doves", 4, 4),
        ("— 123 …", 6, 7),  # With "and", or without.
        ("1,000 nights and 1", 6, 6),
        ("on the 3rd day", 4, 4),
        ("2.5 feet", 4, 4),
        ("in 1984", 6, 11),  # As a year, or as a number.
        ("route 66b, v1.2.3", 3, 3),  # Names are read in too many ways.
        ("café", 2, 2),
        ("moonlit-edged", 3, 3),
    ],
)
def test_the_syllables_of_a_line_are_a_range(line: str, fewest: int, most: int) -> None:
    assert syllables_in(line) == (fewest, most)


@pytest.mark.parametrize(
    ("line", "end"),
    [("born in 1910", "ten"), ("the 2nd", "second"), ("and 1,000", "thousand"), ("8 it", "eight it")],
)
def test_a_numeral_at_the_end_of_a_line_rhymes_as_it_is_read(line: str, end: str) -> None:
    assert line_end(line) == end


@pytest.mark.parametrize(
    ("word", "fewest"),
    [
        ("heaven", 1),
        ("flower", 1),
        ("glorious", 2),
        ("lovest", 1),
        ("whether", 1),
        ("water", 2),
        ("violet", 2),
    ],
)
def test_metrical_verse_runs_vowels_together(word: str, fewest: int) -> None:
    assert english.fewest_elided(word) == fewest


def test_the_rule_for_unknown_words_agrees_with_the_dictionary_nine_times_in_ten() -> None:
    pronouncing.init_cmu()
    known = sorted(word for word in pronouncing.lookup if word.isalpha() and len(word) > 2)
    words = random.Random(1).sample(known, 4000)
    right = 0
    for word in words:
        fewest, most = english.syllables_of(word)
        right += fewest <= english.estimated(word) <= most
    assert right / len(words) > 0.9


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("sun", "dun", 1.0),
        ("light", "satellite", 1.0),
        ("know", "go", 1.0),
        ("tear", "fear", 1.0),  # One of its two ways.
        ("ow'st", "grow'st", 1.0),  # By spelling.
        ("untrimm'd", "dimm'd", 1.0),
        ("blorange", "florange", 1.0),
        ("love", "remove", 1.0),  # To the eye.
        ("see", "eternity", 1.0),  # Verse stresses the end of a long word;
        ("eye", "symmetry", 1.0),  # and once it sounded so.
        ("best", "express'd", 1.0),
        ("verse", "inhearse", 1.0),  # As "hearse".
        ("Ryde", "untied", 1.0),  # As "Hyde".
        ("see", "happy", 0.5),
        ("mother", "other", 1.0),
        ("lover", "over", 0.5),
        ("stone", "home", 0.5),
        ("cat", "dog", 0.0),
        ("blorange", "dog", 0.0),
        ("hmm", "zzz", 0.0),
    ],
)
def test_words_rhyme_wholly_half_or_not(one: str, other: str, score: float) -> None:
    assert english.rhyme_of(one, other) == english.rhyme_of(other, one) == score


@pytest.mark.parametrize(
    ("ends", "scores"),
    [
        (["beard", "feared", "beard"], [1, 1, 1]),  # Lear's way.
        (["sea", "sea", "sea"], [0.25, 0.25, 0.25]),
        (["sea", "tree", "dog"], [1, 1, 0]),
        (["sea", ""], [0, 0]),
        (["", ""], [0, 0]),
    ],
)
def test_a_group_rhymes_around_the_end_that_fits_most(ends: list[str], scores: list[float]) -> None:
    assert rhymes_in_group(ends, english.rhyme_of) == scores


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("流", "楼", 1.0),
        ("东", "风", 1.0),  # Simplified, found as 東 and 風.
        ("山", "闲", 1.0),
        ("花", "斜", 1.0),  # By the book only: 斜 is xié today.
        ("绝", "灭", 1.0),  # On entering tones.
        ("事", "未", 1.0),  # Neighbours on oblique tones, as in old-style verse.
        ("东", "冬", 0.8),  # Neighbours, one sound today.
        ("斤", "今", 0.6),  # Today only.
        ("堤", "啼", 1.0),  # The book has neither, so today's sound counts.
        ("白", "风", 0.0),
    ],
)
def test_chinese_rhymes_by_the_book_and_today(one: str, other: str, score: float) -> None:
    assert chinese.rhyme_of(one, other) == chinese.rhyme_of(other, one) == score


@pytest.mark.parametrize(
    ("verse", "tones"),
    [("白日依山尽", "仄仄平平仄"), ("国学", "仄仄"), ("看", "平仄"), ("她", "平"), ("吗", "平仄")],
)
def test_tones_are_those_of_the_book_whatever_they_are_today(verse: str, tones: str) -> None:
    sounds = chinese.sounds_of(verse)
    assert len(sounds) == len(verse)
    found = [tone for sound in sounds for tone in sound.tones]
    assert sorted(found) == sorted(tones)


def test_many_threads_may_be_the_first_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pronouncing, "pronunciations", None)
    monkeypatch.setattr(pronouncing, "lookup", None)
    english.pronunciations.cache_clear()
    found: list[tuple[int, int]] = []

    def ask() -> None:
        found.append(english.syllables_of("window"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(2, 2)] * 8
