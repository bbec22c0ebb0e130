"""Which human texts are learned from beside the ratings."""

import random
from dataclasses import replace

import pytest

from generation.originality import Corpus, Document
from retrain.demonstrations import sha256_of_text
from retrain.human_text import PASSAGES, kept_for_judging
from retrain.replay import passages, replay_from, replay_wanted
from retrain.selection import Selection

SELECTION = Selection()
POEMS = Corpus("poems", "public domain")


def documents(count: int) -> list[tuple[Corpus, Document]]:
    return [(POEMS, Document(f"Line {n} of many,\nand another one.", title=f"No. {n}")) for n in range(count)]


@pytest.mark.parametrize(
    ("rated", "own", "share", "wanted"),
    [(70, 0, 0.3, 30), (70, 10, 0.3, 20), (70, 40, 0.3, 0), (0, 0, 0.3, 0), (10, 0, 0.3, 5), (50, 0, 0.0, 0)],
)
def test_people_write_their_share_of_what_is_trained_on(
    rated: int, own: int, share: float, wanted: int
) -> None:
    assert replay_wanted(rated, own, share) == wanted


def test_as_many_as_wanted_are_taken_with_where_they_are_from() -> None:
    found = replay_from(documents(200), 70, 0, SELECTION)
    assert len(found) == 30
    assert all(text.source == "poems" and text.title.startswith("No.") for text in found)
    assert replay_from([], 70, 0, SELECTION) == []


def test_the_same_texts_are_taken_in_any_order_and_few_change_when_the_corpus_grows() -> None:
    corpus = documents(400)
    before = replay_from(corpus[:200], 70, 0, SELECTION)
    assert replay_from(random.Random(2).sample(corpus[:200], 200), 70, 0, SELECTION) == before
    after = {text.text_sha256 for text in replay_from(corpus[:210], 70, 0, SELECTION)}
    assert len(after & {text.text_sha256 for text in before}) >= 25


def test_a_text_that_is_measured_on_is_never_trained_on() -> None:
    corpus = documents(300)
    held = {d.text for _, d in corpus if kept_for_judging(d.text, SELECTION.heldout_buckets)}
    assert held
    assert not held & {text.text for text in replay_from(corpus, 10_000, 0, SELECTION)}


@pytest.mark.parametrize("around", ["{}", "First\n\n{}\n\nand a last line", "“{}” — they said"])
def test_our_own_passages_are_never_trained_on_though_they_stand_in_a_corpus(around: str) -> None:
    corpus = [(POEMS, Document(around.format(passage.upper()))) for passage in PASSAGES]
    assert [text.text for text in replay_from(corpus, 10_000, 0, SELECTION)] == []
    assert replay_from([*corpus, *documents(60)], 70, 0, SELECTION) == replay_from(
        documents(60), 70, 0, SELECTION
    )


def test_what_repeats_a_text_that_is_measured_on_is_not_trained_on() -> None:
    held = "The harbour lies under the snow, and nobody rows to the island of ice."
    nearly = [held.replace("snow", "rain"), f"No. 1. {held} Still."]
    corpus = [(POEMS, Document(text)) for text in [*nearly, "Nobody rows to the island of ice."]]
    everything = replace(SELECTION, heldout_buckets=0)
    found = replay_from(corpus, 70, 0, everything, judged_on=[held])
    assert [text.text for text in found] == ["Nobody rows to the island of ice."]
    digests = {sha256_of_text(nearly[0])}
    assert len(replay_from(corpus, 70, 0, everything, digests, [held])) == 1


def test_a_corpus_that_is_only_to_be_compared_with_is_not_learned_from() -> None:
    guarded = [(Corpus("guarded", learn=False), document) for _, document in documents(100)]
    assert replay_from(guarded, 70, 0, SELECTION) == []


def test_a_text_in_two_corpora_is_taken_once() -> None:
    twice = [*documents(5), *((Corpus("again"), document) for _, document in documents(5))]
    found = replay_from(twice, 100, 0, SELECTION)
    assert len({text.text_sha256 for text in found}) == len(found)


def test_a_book_is_learned_from_in_passages() -> None:
    paragraph = "It was a long day at the harbour. " * 12
    found = list(passages("\n\n".join([paragraph] * 20)))
    assert all(len(passage) <= 1200 for passage in found)
    assert "".join("".join(found).split()) == "".join((paragraph * 20).split())
    assert [len(piece) for piece in passages("字" * 3000)] == [1200, 1200, 600]
    assert list(passages("12")) == []


@pytest.mark.parametrize(
    ("text", "language"), [("春眠不觉晓，处处闻啼鸟，夜来风雨声", "zh"), ("A line of verse.", "en")]
)
def test_the_language_is_seen_from_the_text(text: str, language: str) -> None:
    (found,) = replay_from([(POEMS, Document(text))], 70, 0, Selection(heldout_buckets=0))
    assert found.language == language
