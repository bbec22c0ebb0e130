"""A reader who is erased is gone: from the rows, from the next dataset, and from the file itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from feedback.conversation import FOLLOW_UPS
from feedback.holdings import Holdings
from feedback.records import NotPromotable, SnapshotItem
from feedback.store import Store
from feedback.tables import now
from tests.feedback.pieces import PROMPT, asked, claimed, rate, variants, version, withdrawn, written
from tests.feedback.places import FilePlace, Place

ADA, BOB = ("terminal", "", "ada"), ("terminal", "", "bob")
SECRET = "the letter that Ada never sent"


def busy_reader(store: Store) -> int:
    """Everything that a reader can leave behind; the id of one of the pieces."""
    piece = written(store, "A letter", theme=SECRET)
    store.messages.sent(piece.prompt_id, "terminal", "c1", "m1", 0, piece.completion_id, True)
    rate(store, piece.completion_id, 1.0)
    rate(store, piece.completion_id, 1.0, user="bob", comment="lovely")
    store.ratings.demonstrate(*ADA, piece.completion_id, "A better letter")
    store.choices.choose(*ADA, variants(store, theme=SECRET)[0].completion_id)
    return piece.completion_id


def everything(place: Place) -> str:
    return repr([place.rows(f"SELECT * FROM {table}") for table in SQLModel.metadata.tables])  # noqa: S608


def learned(store: Store, name: str, items: list[SnapshotItem], champion: str = "base") -> None:
    """A version whose run has learned from these, and was held against the champion."""
    store.versions.add(version(name))
    run = store.runs.enqueue({"name": name})
    store.runs.start(run, "fence")
    snapshot = store.runs.save_snapshot(f"dataset of {name}", now(), items)
    store.runs.attach(run, "fence", snapshot, champion)
    store.runs.finish(run, "fence", "promoted", [], name)


def test_nothing_of_an_erased_reader_is_left(store: Store, place: Place) -> None:
    busy_reader(store)
    bobs = written(store, "Bob's own", user="bob", theme="snow").completion_id
    rate(store, bobs, 1.0)
    removed = store.erasure.erase(*ADA)
    assert removed.holdings.since is not None
    assert replace(removed.holdings, since=None) == Holdings(2, 4, 2, 2, 1)
    assert SECRET not in everything(place)
    assert "letter" not in everything(place)
    for table in ("message", "rating", "rating_event", "preference", "demonstration"):
        assert place.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    assert place.rows("SELECT text FROM completion") == [("Bob's own",)]
    assert store.erasure.holdings(*ADA) == Holdings()


def test_early_votes_go_with_who_gave_them_and_with_what_they_were_on(store: Store, place: Place) -> None:
    for user, message in (("ada", "m1"), ("bob", "m2")):
        prompt_id = asked(store, user=user)
        store.messages.sent(prompt_id, "terminal", "c1", message, 0, None, False)
        for voter in ("ada", "bob"):
            assert store.early_votes.keep(prompt_id, "terminal", "", voter, 1.0, "reaction")
    assert len(store.export.everything(*ADA)["early_votes"]) == 2
    store.erasure.erase(*ADA)
    assert place.rows("SELECT count(*) FROM early_vote") == [(1,)]


def test_who_is_erased_may_come_back_as_somebody_new(store: Store) -> None:
    store.accounts.settle(*ADA, language="zh", consent=False)
    store.erasure.erase(*ADA)
    assert store.erasure.erase(*ADA).holdings == Holdings()
    asked(store)
    assert store.erasure.holdings(*ADA).prompts == 1
    assert store.accounts.ask_consent(*ADA)


def test_what_was_erased_is_out_of_the_next_dataset_and_its_versions_are_named(store: Store) -> None:
    mine, bobs = busy_reader(store), written(store, "Snow", user="bob").completion_id
    learned(store, "v1", [SnapshotItem(mine, True, 1.0, "train"), SnapshotItem(bobs, True, 1.0, "train")])
    learned(store, "v2", [SnapshotItem(bobs, True, 1.0, "train")])
    learned(store, "v3", [SnapshotItem(mine, True, 1.0, "heldout")])
    rate(store, bobs, 1.0)  # After v2 had learned from the piece.
    learned(store, "v4", [SnapshotItem(bobs, False, 1.0, "train")])
    assert store.erasure.erase(*ADA).versions == ("v1", "v4")
    assert list(store.lessons.votes(now())) == []


def test_items_of_datasets_go_with_the_pieces(store: Store, place: Place) -> None:
    mine, bobs = busy_reader(store), written(store, "Snow", user="bob").completion_id
    learned(store, "v1", [SnapshotItem(mine, True, 1.0, "train"), SnapshotItem(bobs, True, 1.0, "train")])
    snapshot = store.runs.latest(1)[0].snapshot_id
    assert snapshot is not None
    assert withdrawn(store, snapshot) == 0
    store.erasure.erase(*ADA)
    assert place.rows("SELECT completion_id FROM dataset_item") == [(bobs,)]
    assert withdrawn(store, snapshot) == 1


def under_way(store: Store, items: list[SnapshotItem]) -> int:
    """A run that learns from these, and has not made anything yet."""
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    cutoff = store.runs.reads(run, "fence")
    assert store.runs.attach(run, "fence", store.runs.save_snapshot("dataset", cutoff, items), "base")
    return run


def test_a_run_under_way_that_learned_from_a_rating_deploys_nothing(store: Store) -> None:
    bobs = written(store, "Snow", user="bob").completion_id
    rate(store, bobs, 1.0)  # Ada's: all that she leaves behind.
    run = under_way(store, [SnapshotItem(bobs, True, 1.0, "train")])
    store.versions.add(version("v1"))
    store.runs.made(run, "fence", "v1")
    assert store.erasure.erase(*ADA).versions == ("v1",)
    with pytest.raises(NotPromotable, match="erased"):
        store.runs.promote(run, "fence", [], "v1")
    with pytest.raises(NotPromotable, match="erased"), store.runs.held(run, "fence"):
        pytest.fail("nothing is kept of it")
    assert store.versions.champion() is None


def test_a_run_that_learned_nothing_from_who_is_erased_goes_on(store: Store) -> None:
    mine, bobs = busy_reader(store), written(store, "Snow", user="bob").completion_id
    rate(store, mine, 1.0)
    run = under_way(store, [SnapshotItem(bobs, True, 1.0, "train")])
    store.versions.add(version("v1"))
    store.erasure.erase(*ADA)
    with store.runs.held(run, "fence"):
        pass
    store.runs.promote(run, "fence", [], "v1")
    assert store.versions.champion() == "v1"


def test_a_run_that_still_reads_has_to_read_again(store: Store) -> None:
    busy_reader(store)
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    cutoff = store.runs.reads(run, "fence")
    store.erasure.erase(*ADA)
    snapshot = store.runs.save_snapshot("dataset", cutoff, [])
    assert not store.runs.attach(run, "fence", snapshot, "base")
    assert store.runs.reads(run, "fence") == cutoff
    assert store.runs.attach(run, "fence", snapshot, "base")


def test_what_is_under_way_is_stopped_and_its_writer_keeps_nothing(store: Store) -> None:
    waiting = asked(store)
    writing, lease = claimed(store)
    assert store.erasure.erase(*ADA).stopped == (waiting, writing)
    assert not store.prompts.fail(writing, lease, "writing-failed")
    assert store.prompts.renew({writing: lease}, 60) == set()
    assert store.prompts.due(older_than=now() - now()) == []


def test_others_keep_their_pieces_without_the_words_of_the_erased(store: Store, place: Place) -> None:
    mine = busy_reader(store)
    bobs = written(
        store, "Bob's version", user="bob", theme=SECRET, parent_completion_id=mine, kind="revise",
        instruction="shorter",
    )  # fmt: skip
    later = written(
        store, "Bob's last", user="bob", theme=SECRET, parent_completion_id=bobs.completion_id, kind="again"
    )
    rate(store, later.completion_id, 1.0, user="bob")
    unwritten = asked(store, user="bob", theme=SECRET, parent_completion_id=mine, kind=FOLLOW_UPS[0])
    store.erasure.erase(*ADA)
    assert SECRET not in everything(place)
    assert [piece.text for piece in store.conversations.up_to(bobs.completion_id)] == ["Bob's version"]
    state = store.prompts.state(unwritten)
    assert (state.status, state.failure) == ("failed", "nothing-to-follow")
    assert list(store.lessons.votes(now())) == []  # Asked for by words that are gone.


def test_a_theme_of_somebody_else_stays_when_one_who_took_it_up_is_erased(store: Store) -> None:
    bobs = written(store, user="bob", theme="snow").completion_id
    written(store, user="ada", theme="snow", parent_completion_id=bobs, kind="again")
    store.erasure.erase(*ADA)
    assert store.conversations.origin(bobs).theme == "snow"


def test_the_file_itself_holds_no_copy(store: Store, place: Place) -> None:
    busy_reader(store)
    store.erasure.erase(*ADA)
    if isinstance(place, FilePlace):  # PostgreSQL's own vacuum comes later.
        files = [*Path(place.path.parent).glob(f"{place.path.name}*")]
        assert files
        assert not any(SECRET.encode() in file.read_bytes() for file in files)


def test_an_export_holds_everything_of_the_reader_and_nothing_of_others(store: Store) -> None:
    piece = busy_reader(store)
    written(store, "Bob's own", user="bob", theme="snow")
    exported = json.loads(json.dumps(store.export.everything(*ADA)))
    assert [prompt["theme"] for prompt in exported["prompts"]] == [SECRET, SECRET]
    assert len(exported["completions"]) == 4
    assert [rating["completion_id"] for rating in exported["ratings"]] == [piece]
    assert [row["text"] for row in exported["demonstrations"]] == ["A better letter"]
    assert (len(exported["preferences"]), len(exported["messages"])) == (2, 4)
    assert "Bob" not in json.dumps(exported)
    assert "lovely" not in json.dumps(exported)
    assert store.export.everything(*BOB)["prompts"][0]["theme"] == "snow"
    assert store.export.everything("terminal", "", "nobody") == {"reader": None}


def test_readers_of_the_same_name_elsewhere_are_somebody_else(store: Store) -> None:
    elsewhere = store.prompts.accept(replace(PROMPT, platform="slack", workspace="T1"))[0]
    busy_reader(store)
    store.erasure.erase(*ADA)
    assert store.prompts.state(elsewhere).status == "waiting"


def test_own_versions_and_choices_go_out_of_datasets_whose_versions_are_named(
    store: Store, place: Place
) -> None:
    better, worse, _ = variants(store, user="bob", theme="snow")
    store.ratings.demonstrate(*ADA, worse.completion_id, "My own snow")
    store.choices.choose(*ADA, better.completion_id)
    (own,) = store.lessons.demonstrations(now())
    pair = SnapshotItem(better.completion_id, True, 1.0, "train", "pair", worse.completion_id)
    mine = SnapshotItem(
        worse.completion_id, True, 2.0, "train", "demonstration", demonstration_id=own.demonstration_id
    )
    corpus = SnapshotItem(None, True, 1.0, "train", "replay", text_sha256="a" * 64, source="poems")
    for name, items in (("v1", [pair]), ("v2", [mine, corpus]), ("v3", [corpus])):
        learned(store, name, items)
    removed = store.erasure.erase(*ADA)
    assert removed.versions == ("v1", "v2")
    assert len(removed.snapshots) == 2
    kinds = [kind for (kind,) in place.rows("SELECT kind FROM dataset_item ORDER BY id")]
    assert kinds == ["pair", "replay", "replay"]
