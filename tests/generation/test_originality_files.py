"""Which files an operator may register, and what is said about those that cannot be read."""

import json
from pathlib import Path

import pytest

from generation.originality import Document
from generation.originality.files import NothingToRead, documents_in


def test_json_lines_are_read_and_bad_ones_named_by_their_number(tmp_path: Path) -> None:
    file = tmp_path / "poems.jsonl"
    good = json.dumps({"text": "old pond", "title": "Pond", "author": "Bashō"}).encode()
    file.write_bytes(b"\n".join([good, b"", b"{broken", b'{"title": "empty"}', b'"a string"', b"\xff", good]))
    said: list[str] = []
    pond = Document("old pond", "Pond", "Bashō")
    assert list(documents_in(file, said.append)) == [pond, Document("a string"), pond]
    assert said == [f"{file}:3: not JSON", f"{file}:4: no text", f"{file}:6: not JSON"]


def test_collections_of_chinese_poems_are_read(tmp_path: Path) -> None:
    file = tmp_path / "poet.tang.0.json"
    poems = [
        {
            "paragraphs": ["床前明月光，疑是地上霜。", "举头望明月，低头思故乡。"],
            "title": "静夜思",
            "author": "李白",
        },
        {"paragraphs": ["枯藤老树昏鸦。"], "rhythmic": "天净沙", "author": None},
        {"name": "李白", "desc": "诗人"},
    ]
    file.write_text(json.dumps(poems, ensure_ascii=False), encoding="utf-8")
    said: list[str] = []
    first, second = documents_in(tmp_path, said.append)
    assert first == Document("床前明月光，疑是地上霜。\n举头望明月，低头思故乡。", "静夜思", "李白")
    assert second == Document("枯藤老树昏鸦。", "天净沙", "")
    assert said == [f"{file}, item 3: no text"]


def test_a_folder_of_plain_texts_is_read_with_the_names_as_titles(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.txt").write_text("\ufeffrain", encoding="utf-8")
    (tmp_path / "deep" / "a.TXT").write_text("snow", encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "bad.json").write_text("[1,\n2", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"")
    said: list[str] = []
    found = list(documents_in(tmp_path, said.append))
    assert found == [Document("rain", "b"), Document("snow", "a")]
    assert said == [f"{tmp_path / 'bad.json'}:2: not JSON", f"{tmp_path / 'bad.txt'}: not UTF-8 text"]


@pytest.mark.parametrize("name", ["", "missing", "picture.png"])
def test_a_path_without_texts_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "picture.png").write_bytes(b"")
    with pytest.raises(NothingToRead):
        list(documents_in(tmp_path / name, print))
