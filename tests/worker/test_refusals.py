"""Requests that are not taken, each with its sentence; and what had been accepted before stays accepted."""

from dataclasses import replace

import pytest

from bots.messages import Accepted, Incoming, Reader, Refused
from bots.texts import say
from feedback.conversation import WaitingLimits
from feedback.store import Store
from generation.forms import FORMS
from generation.sampling import Sampling
from generation.screening import Screen
from tests.worker.test_talk import ANN, BEN, THREAD, Talk
from worker.admission import AllowLists
from worker.id_list import IdList
from worker.inbox import SqlInbox


@pytest.fixture
def talk(store: Store) -> Talk:
    return Talk(store)


def inbox_of(talk: Talk, limits: WaitingLimits | None = None, **allowed: str) -> SqlInbox:
    lists = AllowLists(**{name: IdList.read(text) for name, text in allowed.items()})
    return SqlInbox(
        talk.store, lambda _: True, lambda _: None, max_prompt_chars=200, sampling=Sampling(),
        forms=FORMS, screen=Screen(), limits=limits, at_once=4, allowed=lists,
    )  # fmt: skip


def ask(inbox: SqlInbox, key: str, by: Reader = ANN) -> Accepted:
    return inbox.ask(Incoming(key, THREAD, by, "a haiku about rain"))


def refusal(inbox: SqlInbox, key: str, by: Reader = ANN) -> Refused:
    with pytest.raises(Refused) as refused:
        ask(inbox, key, by)
    for locale in ("en", "zh"):
        assert say(locale, refused.value.reason, **refused.value.facts)
    return refused.value


def test_who_is_not_listed_is_told_so(talk: Talk) -> None:
    inbox = inbox_of(talk, people="slack:ann")
    assert ask(inbox, "1").new
    assert refusal(inbox, "2", BEN).reason == "not-allowed"


def test_while_the_service_is_paused_nothing_is_taken(talk: Talk) -> None:
    inbox = inbox_of(talk)
    accepted = ask(inbox, "1")
    talk.store.pauses.begin()
    assert refusal(inbox, "2").reason == "paused"
    assert ask(inbox, "1") == replace(accepted, new=False)  # The same event once more is no new request.
    talk.store.pauses.end()
    assert ask(inbox, "2").new


def test_a_quota_is_each_readers_own_and_tells_when_it_begins_anew(talk: Talk) -> None:
    inbox = inbox_of(talk, WaitingLimits(per_day=1))
    accepted = ask(inbox, "1")
    refused = refusal(inbox, "2")
    assert (refused.reason, refused.facts["asked"]) == ("quota-used", 1)
    assert 1 <= int(refused.facts["hours"]) <= 24
    assert ask(inbox, "1").prompt_id == accepted.prompt_id
    assert ask(inbox, "3", BEN).new


def test_the_place_in_line_counts_what_one_waits_for_oneself(talk: Talk) -> None:
    inbox = inbox_of(talk, WaitingLimits(running=1))
    assert [ask(inbox, key).place for key in ("1", "2", "3")] == [0, 1, 2]
    assert ask(inbox, "4", BEN).place == 0


def test_a_settled_language_is_the_language_of_the_sentences(talk: Talk) -> None:
    inbox = inbox_of(talk)
    talk.store.accounts.settle("slack", "T", "ann", language="zh")
    ask(inbox, "1"), ask(inbox, "2", BEN)
    assert [prompt.locale for prompt in talk.store.messages.undelivered("slack")] == ["zh", "en"]
    talk.store.accounts.settle("slack", "T", "ann", language="")
    ask(inbox, "3", replace(ANN, locale="zh-CN"))
    assert talk.store.messages.undelivered("slack")[-1].locale == "zh"
