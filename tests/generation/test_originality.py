"""Copied runs are found wherever they stand, and nothing else is called copied."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.originality import Corpus, Document, Originality, Source

PUBLIC = Corpus("public domain", "none needed", "by hand")
SONNET = Document(
    "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n"
    "Rough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date;",
    "Sonnet 18",
    "William Shakespeare",
)
NIGHT = Document("床前明月光，疑是地上霜。\n举头望明月，低头思故乡。", "静夜思", "李白")


@pytest.fixture
def index(tmp_path: Path) -> Originality:
    made = Originality(tmp_path / "originality")
    made.add(PUBLIC, [SONNET, NIGHT])
    return made


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Shall I compare thee to a summer's day", 8),
        ("He said: “SHALL I — compare thee to a\nsummer’s DAY?” Thou art… gone.", 10),
        ("and more temperate rough winds do shake the", 8),
        ("The thou art more lövely and more temperate rough", 8),
        ("Shall I compare thee to a summer", None),
        ("compare thee to a summer's day thou", None),
        ("Shall I compare you to a summer's day thou art more", None),
        ("床前明月光 疑是地上霜 举头", 12),
        ("诗云：「疑是地上霜，\n\n举头望明月低头」", 12),
        ("床前明月光，疑是地上霜。举", None),
        ("床前明月亮，疑是地上霜，举头望星星", None),
        ("", None),
        ("…", None),
    ],
)
def test_a_run_counts_from_eight_words_or_twelve_characters(
    index: Originality, text: str, length: int | None
) -> None:
    shared = index.longest_shared(text)
    assert (shared and shared.length) == length


def test_the_run_is_told_as_it_stands_in_the_text_with_its_source(index: Originality) -> None:
    shared = index.longest_shared("He said: “Shall I compare thee\nto a summer’s day?” and left.")
    assert shared is not None
    assert shared.run == "Shall I compare thee\nto a summer’s day"
    assert shared.unit == "words"
    assert shared.source == Source("Sonnet 18", "William Shakespeare", "public domain")


def test_the_longest_of_several_runs_is_told(index: Originality) -> None:
    text = "Shall I compare thee to a summer's day. Rough winds do shake the darling buds of May and"
    shared = index.longest_shared(text)
    assert shared is not None
    assert shared.run == "Rough winds do shake the darling buds of May and"


@pytest.mark.parametrize(
    ("theme", "found"),
    [
        ("", True),
        ("shall i compare thee to a summers day", False),
        ("a poem that begins “Shall I compare thee to a summer's day?”", False),
        ("a summer's day", True),
        ("写一首诗，以床前明月光开头", True),
    ],
)
def test_the_readers_own_words_do_not_count(index: Originality, theme: str, found: bool) -> None:
    text = "Shall I compare thee to a summer's day? You are warmer."
    assert (index.longest_shared(text, ignoring=theme) is not None) == found


def test_what_goes_on_after_the_readers_own_words_counts(index: Originality) -> None:
    text = "Shall I compare thee to a summer's day? " + SONNET.text.splitlines()[2] + " and"
    shared = index.longest_shared(text, ignoring="Shall I compare thee to a summer's day?")
    assert shared is not None
    assert shared.run.startswith("Rough winds")


def test_a_word_said_over_and_over_is_nobodys(tmp_path: Path) -> None:
    index = Originality(tmp_path)
    index.add(PUBLIC, [Document("la " * 40 + "la di " * 20)])
    assert index.longest_shared("la " * 20) is None


def test_duplicates_are_dropped_whatever_their_case_and_punctuation(index: Originality) -> None:
    again = [Document(SONNET.text.upper()), Document("古道西风瘦马"), Document("古道，西风，瘦马！")]
    added = index.add(Corpus("more"), again)
    assert (added.documents, added.duplicates) == (1, 2)
    assert [(one.corpus.name, one.documents) for one in index.registered()] == [("more", 1), (PUBLIC.name, 2)]


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_corpus_forbids_to_learn_from_none_allows_in_any_order(tmp_path: Path, order: int) -> None:
    index = Originality(tmp_path)
    protected = (Corpus("protected", learn=False), [Document(SONNET.text.upper())])
    for corpus, documents in [(PUBLIC, [SONNET, NIGHT]), protected][::order]:
        index.add(corpus, documents)
        assert index.add(corpus, documents).documents == 0
    learned = [document.title for corpus, document in index.documents() if corpus.learn]
    assert learned == [NIGHT.title]
    assert index.longest_shared(SONNET.text) is not None


def test_an_index_of_nothing_costs_and_finds_nothing(tmp_path: Path) -> None:
    index = Originality(tmp_path / "missing")
    assert index.longest_shared(SONNET.text) is None
    assert index.registered() == []
    assert not (tmp_path / "missing").exists()


def test_another_process_sees_what_is_added_later(tmp_path: Path) -> None:
    writer, operator = Originality(tmp_path), Originality(tmp_path)
    assert writer.longest_shared(SONNET.text) is None
    operator.add(PUBLIC, [SONNET])
    assert writer.longest_shared(SONNET.text) is not None
    operator.add(PUBLIC, [NIGHT])
    assert writer.longest_shared(NIGHT.text) is not None


def test_many_small_segments_are_searched_like_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.originality.segments._LARGEST", 20)
    index = Originality(tmp_path)
    lines = [Document(" ".join(f"w{i}x{j}" for j in range(12)), str(i)) for i in range(20)]
    assert index.add(PUBLIC, lines).documents == 20
    assert len([path for path in tmp_path.iterdir() if path.name.isdecimal()]) == 10
    found = [index.longest_shared(line.text) for line in lines]
    assert [shared and shared.source.title for shared in found] == [line.title for line in lines]


@pytest.mark.parametrize("file", ["about.json", "documents.jsonl", "words-codes.npy", "offsets.npy"])
def test_a_damaged_segment_is_left_out_and_the_others_serve(
    index: Originality, tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "originality"
    index.add(PUBLIC, [Document("one two three four five six seven eight nine")])
    damaged = folder / "000002" / file
    damaged.write_bytes(damaged.read_bytes()[:-20])
    fresh = Originality(folder)
    assert fresh.longest_shared("one two three four five six seven eight nine") is None
    assert fresh.longest_shared(SONNET.text) is not None


def test_adding_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    def documents() -> list[Document]:
        raise OSError("the disk is gone")

    index = Originality(tmp_path)
    with pytest.raises(OSError, match="disk"):
        index.add(PUBLIC, (document for _ in range(1) for document in [SONNET, *documents()]))
    assert index.registered() == []
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_the_draft_of_a_killed_process_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".making-x1").mkdir()
    (tmp_path / ".making-x1" / "documents.jsonl").write_text("half a li")
    index = Originality(tmp_path)
    index.add(PUBLIC, [SONNET])
    assert not list(tmp_path.glob(".making-*"))
    assert index.longest_shared(SONNET.text) is not None


def test_many_threads_may_ask_while_texts_are_added(index: Originality) -> None:
    wrong: list[object] = []

    def ask() -> None:
        wrong.extend(1 for _ in range(50) if index.longest_shared(SONNET.text) is None)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(5):
        index.add(PUBLIC, [Document(f"number {i}")])
    for thread in threads:
        thread.join()
    assert not wrong


def longest_by_hand(text: list[str], document: list[str], shortest: int) -> int:
    """The longest common run with three different units, found by laying one beside the other."""
    best = 0
    for shift in range(-len(text), len(document)):
        run: list[str] = []
        longest: list[str] = []
        for i, unit in enumerate(text):
            there = 0 <= i + shift < len(document) and document[i + shift] == unit
            run = [*run, unit] if there else []
            longest = run if len(run) > len(longest) else longest
        if len(longest) >= shortest and len(set(longest)) >= 3:
            best = max(best, len(longest))
    return best


LETTERS = st.lists(st.sampled_from("abcd"), max_size=40)


@given(text=LETTERS, documents=st.lists(LETTERS, min_size=1, max_size=4), spaced=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_run_is_missed_and_none_is_made_up(
    tmp_path_factory: pytest.TempPathFactory, text: list[str], documents: list[list[str]], spaced: bool
) -> None:
    names = dict(zip("abcd", ["ash", "bee", "cod", "dew"] if spaced else "春夏秋冬", strict=True))
    texts = [[names[letter] for letter in letters] for letters in (text, *documents)]
    between, shortest = (" ", 8) if spaced else ("", 12)
    index = Originality(tmp_path_factory.mktemp("index"))
    index.add(PUBLIC, [Document(between.join(units)) for units in texts[1:]])
    shared = index.longest_shared(between.join(texts[0]))
    assert (shared.length if shared else 0) == max(
        longest_by_hand(texts[0], units, shortest) for units in texts[1:]
    )


def test_simplified_and_traditional_characters_are_the_same(tmp_path: Path) -> None:
    index = Originality(tmp_path)
    index.add(Corpus("Tang"), [Document("獨憐幽草澗邊生，上有黃鸝深樹鳴。", title="滁州西澗")])
    shared = index.longest_shared("独怜幽草涧边生，上有黄鹂深树鸣")
    assert shared is not None
    assert (shared.length, shared.run) == (14, "独怜幽草涧边生，上有黄鹂深树鸣")
