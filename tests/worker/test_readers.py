"""What readers and operators get to see and do, over real rows."""

import json
from pathlib import Path

import pytest

from bots.messages import MessageRef, Reader, Sent, UnknownCompletion, Vote
from bots.operators import NotOperator, ServiceStatus
from bots.readers import ReaderSettings
from feedback.records import SnapshotItem
from feedback.store import Store
from generation.critic_files import critic_file
from tests.feedback.pieces import version
from tests.feedback.test_erasure import learned
from tests.worker.test_talk import ANN, BEN, CHAT, Talk
from worker.id_list import IdList
from worker.operator_desk import SqlOperators
from worker.reader_accounts import SqlReaders
from worker.reply_feed import LiveReplyFeed


class Accounts:
    """The readers' side beside a talk."""

    def __init__(self, talk: Talk, models: Path) -> None:
        self.talk, self.models = talk, models
        self.stopped: list[int] = []
        self.readers = SqlReaders(talk.store, models, self.stopped.append)


@pytest.fixture
def accounts(store: Store, tmp_path: Path) -> Accounts:
    return Accounts(Talk(store), tmp_path)


def test_settings_are_the_defaults_until_they_are_settled(accounts: Accounts) -> None:
    readers = accounts.readers
    assert readers.settings(ANN) == ReaderSettings("", consent=True)
    assert readers.settle(ANN, language="zh") == ReaderSettings("zh", consent=True)
    assert readers.settle(ANN, consent=False) == ReaderSettings("zh", consent=False)
    assert readers.settle(ANN, language="tlh") == ReaderSettings("", consent=False)
    assert readers.settings(BEN) == ReaderSettings()
    assert not readers.consent_asked(ANN)
    assert [readers.ask_consent(ANN), readers.ask_consent(ANN)] == [True, False]
    assert readers.consent_asked(ANN)


def test_a_reader_sees_their_pieces_and_nobody_elses_direct_messages(accounts: Accounts) -> None:
    talk, readers = accounts.talk, accounts.readers
    shared = talk.write("a haiku about rain", place=CHAT)
    talk.inbox.rate(Vote(BEN, 1.0, "reaction", shared))
    assert [(piece.completion_id, piece.likes) for piece in readers.recent(ANN, 5)] == [(shared, 1)]
    assert [piece.completion_id for piece in readers.favourites(BEN, 7, 5)] == [shared]
    assert readers.favourites(Reader("slack", "T", "cyd"), 7, 5) == []
    assert readers.piece(BEN, shared).theme == "rain"
    for stranger in (Reader("slack", "T2", "ben"), Reader("telegram", "T", "ann")):
        with pytest.raises(UnknownCompletion):
            readers.piece(stranger, shared)
    with pytest.raises(UnknownCompletion):
        readers.piece(ANN, 2**70)


async def test_erasing_stops_what_is_under_way_and_its_follower_hears_it(accounts: Accounts) -> None:
    talk, readers = accounts.talk, accounts.readers
    talk.write("a haiku about rain")
    waiting = talk.ask("a haiku about snow").prompt_id
    assert readers.under_way(ANN) == [waiting]
    assert readers.stored(ANN).prompts == 2
    erased = readers.erase(ANN)
    assert (erased.stored.prompts, erased.stored.completions, erased.versions) == (2, 1, ())
    assert accounts.stopped == [waiting]
    assert readers.stored(ANN).since is None
    assert json.loads(readers.export(ANN)) == {"reader": None}
    feed = LiveReplyFeed(talk.store, "redis://127.0.0.1:1")
    assert [getattr(event, "reason", None) async for event in feed.follow(waiting)] == ["cancelled"]


def test_erasing_deletes_the_critics_that_had_learned_from_the_reader(accounts: Accounts) -> None:
    talk = accounts.talk
    anns, bens = (talk.write("a haiku about rain", who) for who in (ANN, BEN))
    talk.store.versions.add(version("v0"))
    learned(talk.store, "v1", [SnapshotItem(anns, True, 1.0, "train")], "v0")
    learned(talk.store, "v2", [SnapshotItem(bens, True, 1.0, "train")], "v1")
    learned(talk.store, "v3", [SnapshotItem(bens, True, 1.0, "train")], "v2")
    files = [critic_file(accounts.models, f"v{number}") for number in range(4)]
    files[0].parent.mkdir()
    for file in files:
        file.touch()
    assert accounts.readers.erase(ANN).versions == ("v1",)
    assert [file.exists() for file in files] == [False, False, True, True]


def test_a_message_of_an_erased_reader_that_arrives_late_is_no_trouble(accounts: Accounts) -> None:
    talk = accounts.talk
    prompt = talk.ask("a haiku about rain").prompt_id
    accounts.readers.erase(ANN)
    talk.inbox.sent(Sent(prompt, MessageRef("slack", "C", "m")))
    talk.inbox.undeliverable(prompt, "channel deleted")
    assert not talk.inbox.cancel(ANN, prompt)


def test_an_export_is_json_in_the_readers_own_words(accounts: Accounts) -> None:
    accounts.talk.write("一首关于雨的诗")
    exported = accounts.readers.export(ANN).decode()
    assert "雨" in exported
    assert json.loads(exported)["prompts"][0]["form"] == "poem"


def test_operators_see_how_it_goes_and_nobody_else_does(accounts: Accounts) -> None:
    talk = accounts.talk
    desk = SqlOperators(talk.store, lambda: 2, IdList.read("slack:ann"))
    piece = talk.write("a haiku about rain")
    talk.inbox.rate(Vote(BEN, 1.0, "button", piece))
    talk.ask("a haiku about snow"), talk.asked("a haiku about fog")
    desk.pause(ANN, paused=True)
    assert desk.status(ANN) == ServiceStatus("", "", 2, 1, 1, 1, 1, paused=True, last_run="")
    desk.pause(ANN, paused=False)
    assert not desk.status(ANN).paused
    for other in (BEN, Reader("telegram", "T", "ann")):
        with pytest.raises(NotOperator):
            desk.status(other)
        with pytest.raises(NotOperator):
            desk.pause(other, paused=True)
    assert not desk.status(ANN).paused


def test_where_nobody_is_listed_nobody_is_an_operator(accounts: Accounts) -> None:
    with pytest.raises(NotOperator):
        SqlOperators(accounts.talk.store, lambda: 1, IdList.read(None)).status(ANN)
