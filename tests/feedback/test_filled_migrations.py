"""Migrations keep what is there, down to the tables of before and up again."""

import pytest
from alembic import command

from feedback.database import alembic_config, connect
from feedback.records import SnapshotItem
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import PROMPT, rate, variants, withdrawn
from tests.feedback.places import Place
from tests.feedback.test_tallies import counted, kept

TABLES = ("reader", "prompt", "completion", "rating", "rating_event", "preference", "demonstration")


def filled(store: Store) -> int:
    """Something in every table; the number of the snapshot."""
    better, worse, *_ = variants(store, 3, user="ada")
    rate(store, better.completion_id, 1.0)
    rate(store, worse.completion_id, -1.0, user="bob", comment="limps")
    store.ratings.demonstrate("terminal", "", "bob", worse.completion_id, "My own rain")
    for chosen in (worse, better):  # The first is taken back.
        store.choices.choose("terminal", "", "ada", chosen.completion_id)
    (own,) = store.lessons.demonstrations(now())
    items = [
        SnapshotItem(better.completion_id, True, 0.5, "train"),
        SnapshotItem(worse.completion_id, True, 2.0, "train", "demonstration", None, own.demonstration_id),
        SnapshotItem(better.completion_id, True, 0.5, "heldout", "pair", worse.completion_id),
        SnapshotItem(None, True, 1.0, "train", "replay", text_sha256="a" * 64, source="poems"),
    ]
    snapshot = store.runs.save_snapshot("hash", now(), items)
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    store.runs.attach(run, "fence", snapshot, "base")
    return snapshot


CUTOFFS = "SELECT cutoff FROM dataset_snapshot UNION ALL SELECT cutoff FROM training_run"


def rows(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """What stands: choices that were taken back have no place in older tables."""
    found = {table: place.rows(f"SELECT * FROM {table} ORDER BY id") for table in TABLES}  # noqa: S608
    standing = place.rows(
        "SELECT reader_id, winner_id, loser_id, shown_first_id, created_at FROM preference "
        "WHERE revoked_at IS NULL ORDER BY id"
    )
    return found | {"preference": standing}


def move(place: Place, revision: str) -> None:
    engine = connect(place.url).execution_options(immediate=True)
    with engine.begin() as connection:
        if revision == "head":
            command.upgrade(alembic_config(connection), revision)
        else:
            command.downgrade(alembic_config(connection), revision)
    engine.dispose()


@pytest.mark.parametrize("revision", ["0009", "0006", "0005", "0003"])
def test_what_is_there_survives_the_way_down_and_up(store: Store, place: Place, revision: str) -> None:
    snapshot = filled(store)
    store.pauses.begin()
    store.learning_pauses.begin()
    before = rows(place)
    assert withdrawn(store, snapshot) == 0
    store.close()
    move(place, revision)
    move(place, "head")
    assert rows(place) == before
    (looked,), (ran,) = place.rows(CUTOFFS)
    assert looked == ran
    assert kept(place) == counted(place)
    item = "SELECT snapshot_id, label, weight, split FROM dataset_item WHERE kind = 'rated'"
    assert [(int(n), bool(label), *rest) for n, label, *rest in place.rows(item)] == [
        (snapshot, True, 0.5, "train")
    ]
    again = Store(place.url, b"a key for readers")
    assert withdrawn(again, snapshot) == 0
    assert again.statistics.overview().prompts == 1
    # The tables of before knew only pauses of requests.
    assert (again.pauses.paused(), again.learning_pauses.paused()) == (True, False)
    again.prompts.accept(PROMPT)
    assert kept(place) == counted(place)
    again.close()
