"""A body of poems: read from what there is, split the same way every time, refused in one line."""

import json
from pathlib import Path

import pytest

from generation.forms import FORMS
from generation.originality.segments import Document
from retrain.corpus import Poem, language_of, parts_of, read_corpus, split
from retrain.problems import BadCorpus
from tests.retrain.small import poems, write_poems

CHINESE = "空山不见人，\n但闻人语响。\n返景入深林，\n复照青苔上。"


def texts(found: tuple[Poem, ...]) -> set[str]:
    return {poem.text for poem in found}


def test_json_lines_are_read_once_each_with_their_titles(tmp_path: Path) -> None:
    file = write_poems(tmp_path / "poems.jsonl")
    file.write_text(file.read_text() + "\n" + json.dumps({"text": poems()[0].text.upper()}) + "\nno json")
    corpus = read_corpus(file, FORMS)
    assert len(corpus.train) + len(corpus.dev) + len(corpus.test) == 40
    assert corpus.left_out == {"duplicate": 1, "unreadable": 1}
    assert {poem.theme for poem in corpus.train} <= {poem.theme for poem in poems()}


@pytest.mark.parametrize("name", ["poems.json", "poems.txt", "folder"])
def test_the_same_poems_are_split_the_same_way_from_any_file(tmp_path: Path, name: str) -> None:
    bodies = [poem.text for poem in poems()]
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
        for number, body in enumerate(bodies):
            (path / f"{number}.txt").write_text(body)
    else:
        path.write_text(json.dumps(bodies) if name.endswith("json") else "\n\n".join(bodies))
    found, expected = read_corpus(path, FORMS), split(poems())
    assert [texts(part) for part in (found.train, found.dev, found.test)] == [
        texts(part) for part in (expected.train, expected.dev, expected.test)
    ]


def test_more_poems_move_none_of_the_others() -> None:
    before, after = split(poems(60)), split(poems(300))
    for part in ("train", "dev", "test"):
        assert texts(getattr(before, part)) <= texts(getattr(after, part))


def test_a_small_corpus_has_something_in_every_part() -> None:
    for count in range(8, 20):
        corpus = split(poems(count))
        assert min(len(corpus.train), len(corpus.dev), len(corpus.test)) >= 1


@pytest.mark.parametrize(
    ("text", "loose", "parts"),
    [
        ("a\nb\n\nc", False, ["a\nb\n\nc"]),
        ("a\nb\n\nc", True, ["a\nb", "c"]),
        ("a\n\nb\n\n\nc", True, ["a\n\nb", "c"]),
        ("a\n---\nb\n* * *\nc", False, ["a", "b", "c"]),
        ("a\r\n\r\nb", True, ["a", "b"]),
        ("\n\n", True, []),
    ],
)
def test_poems_in_one_text_are_parted_by_rules_and_blank_lines(
    text: str, loose: bool, parts: list[str]
) -> None:
    assert [part.text for part in parts_of(Document(text), loose)] == parts


def test_chinese_quatrains_are_known_by_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "tang.json"
    rows = [
        {"title": "鹿柴", "paragraphs": CHINESE.replace("深", sign).split("\n")}
        for sign in "深青白远高老密疏"
    ]
    file.write_text(json.dumps(rows))
    corpus = read_corpus(file, FORMS)
    assert {(poem.form, poem.language, poem.theme) for poem in corpus.train} == {("wujue", "zh", "鹿柴")}
    with pytest.raises(BadCorpus, match="holds 0 poems"):
        read_corpus(file, FORMS, in_form=True)  # 响 and 上 rhyme, but in oblique tones.


def test_an_untitled_poem_is_asked_for_by_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": poem.text}) for poem in poems()))
    corpus = read_corpus(tmp_path / "a.jsonl", FORMS)
    assert all(poem.theme and poem.theme in " ".join(poem.text.split()) for poem in corpus.train)


@pytest.mark.parametrize(
    ("text", "language"), [(CHINESE, "zh"), ("Rain on the roof", "en"), ("山 rain", "en")]
)
def test_the_language_is_that_of_most_letters(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "there is no"),
        ("", "holds no poem"),
        ('{"a": 1}', "no text"),
        ("{", "not JSON"),
        ('{"text": "alone"}', "holds 1 poems to learn from, and 8 are needed"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_one_line(
    tmp_path: Path, content: str | None, why: str
) -> None:
    file = tmp_path / "poems.jsonl"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadCorpus, match=why) as refused:
        read_corpus(file, FORMS)
    assert "\n" not in str(refused.value)


def test_a_form_that_is_not_known_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="epic is no form"):
        read_corpus(write_poems(tmp_path / "a.jsonl"), FORMS, "epic")
