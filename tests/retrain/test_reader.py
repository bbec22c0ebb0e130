"""Simulated readers: how they are named, and what they like."""

from pathlib import Path

import pytest

from retrain.reader import BadReader, load_reader
from retrain.readers import plain_spoken


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("shy", "neither .* nor one of plain_spoken, rhymed_quatrains"),
        ("retrain.readers:", "neither"),
        ("retrain.nowhere:taste", "cannot be imported"),
        ("retrain.readers:nobody", "no function"),
        ("/nowhere/taste.py:taste", "no Python file"),
    ],
)
def test_a_reader_that_is_not_there_is_named(spec: str, why: str) -> None:
    with pytest.raises(BadReader, match=why):
        load_reader(spec)


def test_a_reader_is_loaded_from_a_module_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "taste.py").write_text("def taste(prompt, text):\n    return 1 if prompt in text else -1\n")

    assert load_reader("retrain.readers:plain_spoken")("", "") == -1.0
    assert load_reader("plain_spoken")("", "Rain on the roof") == plain_spoken("", "Rain on the roof")
    assert load_reader(f"{tmp_path / 'taste.py'}:taste")("rain", "rain again") == 1.0


@pytest.mark.parametrize("given", ["2", "float('nan')", "'good'", "None"])
def test_what_is_no_score_is_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "taste.py").write_text(f"def taste(prompt, text):\n    return {given}\n")

    with pytest.raises(BadReader, match="no number from -1 to 1"):
        load_reader(f"{tmp_path / 'taste.py'}:taste")("", "")


def test_the_demo_reader_likes_short_plain_lines_more_than_long_winded_ones() -> None:
    plain = plain_spoken("", "Rain on the roof,\nthe stone wall dark,\na bird in the oak.")
    prose = plain_spoken("", "In the ethereal tapestry of dreams the soul shall wander for all eternity " * 2)

    assert plain > 0.6
    assert prose < -0.8
