"""Datasets go out in TRL's layouts and come in whole or not at all, from the command line."""

import json
from pathlib import Path

from tests.worker.test_bad_input import rhapsode

ROWS: list[dict[str, object]] = [
    {"prompt": "a haiku about rain", "completion": "Rain", "label": True},
    {"prompt": "a poem about snow", "completion": "Snow, snow", "label": False},
    {"prompt": "a poem about fog", "chosen": "Fog", "rejected": "No fog"},
    {"text": "Shall I compare thee to a summer's day?"},
]


def written(file: Path, rows: list[dict[str, object]]) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def test_what_is_imported_once_is_exported_and_can_be_erased(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", ROWS)
    done = rhapsode(tmp_path, "data", "import", file, "--source", "forum", "--json")
    assert json.loads(done.stdout) == {"rated": 3, "texts": 1, "known": 0, "refused": 0}, done.stderr
    again = rhapsode(tmp_path, "data", "import", file, "--source", "forum")
    assert again.stdout == "forum: 0 rated, 0 texts, 4 known already\n"

    lines = rhapsode(tmp_path, "data", "export", "--layout", "kto").stdout.splitlines()
    found = {row["completion"][0]["content"]: row["label"] for row in map(json.loads, lines)}
    assert found == {"Rain": True, "Snow, snow": False}
    out = tmp_path / "pairs.parquet"
    assert (
        rhapsode(tmp_path, "data", "export", "--layout", "dpo", "--out", str(out)).stdout
        == f"{out}: 1 rows\n"
    )

    erased = rhapsode(tmp_path, "data", "erase", "import", "", "forum", "--yes")
    assert "removed: 3 prompts, 4 completions, 2 ratings, 1 preferences" in erased.stdout
    assert rhapsode(tmp_path, "data", "export").stdout == ""


def test_of_a_file_with_a_bad_row_nothing_is_imported(tmp_path: Path) -> None:
    file = written(tmp_path / "rows.jsonl", [*ROWS, {"prompt": "rain", "completion": "Rain", "label": "yes"}])
    done = rhapsode(tmp_path, "data", "import", file, "--source", "forum")
    assert done.stderr == f"rhapsode: {file}:5: label is 'yes', allowed are true and false\n"
    stats = json.loads(rhapsode(tmp_path, "data", "stats", "--json").stdout)
    assert stats["prompts"] == stats["readers"] == 0


def test_rows_with_words_that_are_not_shown_are_left_out_and_counted(tmp_path: Path) -> None:
    rude: list[dict[str, object]] = [
        {"prompt": "a poem about fog", "completion": "Fog, you shit", "label": True},
        {"prompt": "a poem about shit", "chosen": "Fog", "rejected": "Mist"},
        {"text": "What the fuck, said the fox to the hen."},
    ]
    file = written(tmp_path / "rows.jsonl", [*rude, ROWS[0]])
    done = rhapsode(tmp_path, "data", "import", file, "--source", "forum")
    assert done.stdout == "forum: 1 rated, 0 texts, 0 known already, 3 refused for their words\n"


def test_a_reviewer_is_named_by_an_operator(tmp_path: Path) -> None:
    done = rhapsode(tmp_path, "data", "role", "slack", "T1", "U1", "reviewer")
    assert done.stdout == "slack U1: reviewer\n"
    shown = json.loads(rhapsode(tmp_path, "data", "show", "slack", "T1", "U1").stdout)
    assert shown["reader"]["role"] == "reviewer"
    assert rhapsode(tmp_path, "data", "role", "slack", "T1", "U1", "king").returncode != 0
