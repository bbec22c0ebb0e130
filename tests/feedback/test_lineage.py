"""From any text to what made it, and back; and whether the first shown is the first chosen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feedback.records import SnapshotItem, UnknownRow
from feedback.store import Store
from feedback.store.positions import wilson
from tests.feedback.pieces import BASE, variants, version, written

CUTOFF = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def learned(store: Store) -> tuple[Store, int, int, int]:
    """v1 was trained on a text of the base, judged on another, and told to prefer the first to a third."""
    store.versions.add(BASE)
    trained, judged, rejected = (written(store, text).completion_id for text in ("Rain", "Fog", "Mist"))
    store.versions.add(version("v1"))
    run_id = store.runs.enqueue({"recipe": {"rank": 16}})
    store.runs.start(run_id, "f")
    items = [
        SnapshotItem(trained, True, 1.0, "train"),
        SnapshotItem(judged, False, 0.5, "heldout"),
        SnapshotItem(trained, True, 0.5, "train", "pair", rejected_id=rejected),
        SnapshotItem(None, True, 1.0, "train", "replay", text_sha256="a" * 64, source="poems"),
    ]
    store.runs.attach(run_id, "f", store.runs.save_snapshot("m" * 64, CUTOFF, items), "base")
    store.runs.promote(run_id, "f", ["better"], "v1")
    return store, trained, judged, rejected


def test_a_text_names_its_version_and_who_learned_from_it(learned: tuple[Store, int, int, int]) -> None:
    store, trained, judged, rejected = learned
    origin = store.lineage.of_text(trained)
    assert (origin.model_version, origin.arm, origin.learned_by) == ("base", "champion", ("v1",))
    assert store.lineage.of_text(rejected).learned_by == ("v1",)
    assert store.lineage.of_text(judged).learned_by == ()


def test_a_version_names_its_run_its_snapshot_and_its_rows(learned: tuple[Store, int, int, int]) -> None:
    store, trained, judged, _ = learned
    origin = store.lineage.of_version("v1")
    assert (origin.run_status, origin.parent, origin.snapshot_sha256) == ("promoted", "base", "m" * 64)
    assert origin.rows == {trained: (True, 1.0, "train"), judged: (False, 0.5, "heldout")}
    assert origin.counts == {
        "train liked": 1, "train disliked": 0, "heldout liked": 0, "heldout disliked": 1,
    }  # fmt: skip
    assert origin.beside == {"pair": 1, "replay": 1}
    assert origin.written_by == {"base": 2}
    assert origin.config == {"recipe": {"rank": 16}}


def test_a_base_has_no_run_and_names_who_learned_from_its_texts(learned: tuple[Store, int, int, int]) -> None:
    origin = learned[0].lineage.of_version("base")
    assert (origin.kind, origin.run_id, origin.parent, origin.completions) == ("base", None, None, 3)
    assert origin.learned_by == ("v1",)


@pytest.mark.parametrize("kind", ["lora", "base"])  # The latter was grown from scratch.
def test_a_version_that_learned_from_a_corpus_names_it_and_no_rows(store: Store, kind: str) -> None:
    store.versions.add(replace(version("v7"), kind=kind))
    run_id = store.runs.enqueue({"corpus": {"path": "/poems/sonnets.txt"}})
    store.runs.start(run_id, "f")
    store.runs.finish(run_id, "f", "trained", ["test perplexity 20"], "v7")

    origin = store.lineage.of_version("v7")

    assert (origin.kind, origin.run_id, origin.run_status) == (kind, run_id, "trained")
    assert (origin.corpus, origin.snapshot_sha256, origin.rows) == ("sonnets.txt", "", {})


def test_what_was_never_kept_is_unknown(store: Store) -> None:
    with pytest.raises(UnknownRow):
        store.lineage.of_text(99)
    with pytest.raises(UnknownRow):
        store.lineage.of_version("v9")


def test_choices_of_the_first_shown_are_counted_beside_what_chance_gives(store: Store) -> None:
    store.versions.add(BASE)
    assert store.positions.effect().choices == 0
    for count, chosen in ((2, 0), (2, 1), (4, 0), (4, 2)):
        answers = variants(store, count)
        store.choices.choose("terminal", "", "ada", answers[chosen].completion_id)
    effect = store.positions.effect()
    assert (effect.choices, effect.first, effect.by_chance) == (4, 2, 1.5)
    assert effect.low < effect.share == 0.5 < effect.high


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 0, 0.0, 1.0), (5, 10, 0.237, 0.763), (0, 10, 0.0, 0.278)]
)
def test_wilsons_interval(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.001)
