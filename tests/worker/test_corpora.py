"""An operator registers corpora from the command line."""

import json
from pathlib import Path

from tests.worker.test_bad_input import rhapsode
from worker.parts import Parts
from worker.settings import Settings


def test_a_corpus_is_registered_listed_and_found(tmp_path: Path) -> None:
    file = tmp_path / "poems.jsonl"
    line = "Shall I compare thee to a summer's day? Thou art more lovely"
    file.write_text(json.dumps({"text": line, "title": "Sonnet 18"}) + "\nbroken\n", encoding="utf-8")
    named = ("--name", "poems", "--licence", "public domain", "--source", "by hand")

    done = rhapsode(tmp_path, "data", "add-corpus", str(file), *named)

    assert (done.returncode, done.stderr) == (0, f"skipped {file}:2: not JSON\n")
    assert done.stdout == "poems: 1 added, 0 duplicates, 1 skipped\n"
    (listed,) = json.loads(rhapsode(tmp_path, "data", "corpora", "--json").stdout)
    about = {"name": "poems", "licence": "public domain", "source": "by hand", "learn": True}
    assert listed["corpus"] == about
    shared = Parts(Settings(home=tmp_path)).originality.longest_shared(f"I say: {line}!")
    assert shared is not None
    assert shared.source.title == "Sonnet 18"


def test_a_path_without_texts_is_said_in_one_line(tmp_path: Path) -> None:
    done = rhapsode(tmp_path, "data", "add-corpus", "gone", "--name", "poems")
    assert done.stderr.startswith("rhapsode: gone is no .txt, .json, .jsonl file")
    assert done.stderr.count("\n") == 1
