"""What the benchmarks count as lost, as duplicated, and as mixed."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.outcomes import Ends, differs_alone, ends_of
from benchmarks.soak import mixed, request_of, soak, soaked, tiny
from generation.local_engine import LocalEngine
from generation.versions import LoadedVersion


@pytest.mark.parametrize(
    ("asked", "ended", "found"),
    [
        ([], [], Ends(0, 0)),
        ([1, 2, 3], [3, 1, 2], Ends(0, 0)),
        ([1, 2, 3], [1, 3], Ends(1, 0)),
        ([1, 2, 3], [1, 2, 2, 3], Ends(0, 1)),  # One request ended twice.
        ([1, 2, 3], [1, 2, 2], Ends(1, 1)),  # The third got the text of the second.
        ([1], [1, 7], Ends(0, 1)),  # Nobody asked for that.
        ([1, 1], [1, 1], Ends(0, 0)),  # Asked again after it failed.
    ],
)
def test_each_request_ends_once(asked: Sequence[int], ended: Sequence[int], found: Ends) -> None:
    assert ends_of(asked, ended) == found


def test_a_text_of_another_version_is_seen(live: LoadedVersion) -> None:
    one, other = (tiny(name, live.tokenizer, seed) for seed, name in enumerate("ab"))
    request = request_of(random.Random(1), seed=4)
    engine = LocalEngine(one)
    written = engine.submit(request).result()
    engine.close()
    assert not differs_alone(one, request, written)
    assert mixed([(request, replace(written, version="b"))], {"a": one, "b": other}) == 1


def test_the_soak_swaps_and_cancels(live: LoadedVersion) -> None:
    versions = [tiny(name, live.tokenizer, seed) for seed, name in enumerate("abc")]
    engine = LocalEngine(versions[0])
    found = soaked(engine, versions, 96, random.Random(3))
    engine.close()
    assert found.swaps > 0
    assert len({written.version for _, written in found.texts}) > 1
    assert any(written.finish_reason == "cancelled" for _, written in found.texts)


def test_without_swaps_one_version_writes_all(live: LoadedVersion) -> None:
    figures = soak(live.tokenizer, 20, swaps=False)
    assert [figures[name] for name in ("swaps", "lost", "duplicated", "mixed")] == [0, 0, 0, 0]
