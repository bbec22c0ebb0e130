"""What is posted to channels: a surge once, the digest once a week, with pieces that may be quoted."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bots.herald import Herald
from bots.notices import Digest, Surge, Votes
from feedback.records import DayOfVotes, DeploymentRecord
from feedback.store import Store
from tests.bots.test_notices import Wall
from tests.feedback.pieces import BASE, version, written
from worker.clock import schedule
from worker.digest import champion_at, digest_of, votes_in
from worker.notice_board import SqlNoticeBoard
from worker.notices import look_for_surge, post_digest
from worker.ratings_plot import ratings_plot
from worker.settings import BadSettings, Settings, load_settings

CHANNELS = "slack:C9, telegram:-100"
SETTINGS = Settings(operators_channels=CHANNELS, digest_channels=CHANNELS)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def store(store: Store) -> Store:
    store.versions.add(BASE)
    store.versions.promote("base", "test")
    return store


def piece(store: Store, user: str, text: str, likes: int = 2, **changes: Any) -> None:
    place = {"platform": "slack", "workspace": "T1", "chat": "C1", "user": user, **changes}
    answer = written(store, text, **place)
    for n in range(likes):
        store.ratings.rate("slack", "T1", f"fan {n}", answer.completion_id, 1.0, "button")


def unhappy(store: Store, readers: int) -> None:
    answer = written(store)
    for n in range(readers):
        store.ratings.rate("slack", "T1", f"reader {n}", answer.completion_id, -1.0, "button")


def test_a_surge_is_told_to_every_channel_once(store: Store) -> None:
    unhappy(store, 12)
    told = [look_for_surge(store, SETTINGS) is not None for _ in range(2)]
    board = SqlNoticeBoard(store, "en")
    [slack], [telegram] = board.take("slack", "T1", "h", 60), board.take("telegram", "7", "h", 60)

    assert told == [True, False]
    assert slack.said == Surge(unhappy=12, readers=12, usual=30, version="base")
    assert (slack.place.chat, telegram.place.chat) == ("C9", "-100")


def test_a_quiet_hour_is_no_news(store: Store) -> None:
    unhappy(store, 2)

    assert look_for_surge(store, SETTINGS) is None
    assert store.notices.take("slack", "h", 60) == []


def test_the_digest_is_posted_once_however_often_it_is_asked_for(store: Store) -> None:
    piece(store, "ann", "Rain.")
    for _ in range(2):
        post_digest(store, SETTINGS)

    assert len(store.notices.take("slack", "h", 60)) == 1


def test_a_digest_quotes_only_who_consents_and_nothing_from_direct_messages(store: Store) -> None:
    piece(store, "ann", "Rain for all.", chat="C9")
    piece(store, "ben", "Rain for Ben.", chat="C9")
    piece(store, "cat", "Rain in private.", chat="D1")
    piece(store, "eve", "Rain in another channel.")
    piece(store, "dan", "Rain of others.", workspace="T2")
    store.accounts.settle("slack", "T1", "ben", consent=False)
    post_digest(store, replace_cron(SETTINGS))
    [notice] = SqlNoticeBoard(store, "en").take("slack", "T1", "h", 60)

    assert isinstance(notice.said, Digest)
    assert [one.text for one in notice.said.pieces] == ["Rain for all."]
    assert "ann" not in str(notice.said)


def test_consent_that_is_taken_back_counts_until_the_digest_is_said(store: Store) -> None:
    piece(store, "ann", "Rain for all.", chat="C9")
    post_digest(store, replace_cron(SETTINGS))
    store.erasure.erase("slack", "T1", "ann")
    [notice] = SqlNoticeBoard(store, "en").take("slack", "T1", "h", 60)

    assert isinstance(notice.said, Digest)
    assert notice.said.pieces == ()


def test_groups_on_telegram_hear_nothing_of_each_other(store: Store) -> None:
    piece(store, "ann", "Rain here.", platform="telegram", workspace="7", chat="-100")
    piece(store, "ben", "Rain elsewhere.", platform="telegram", workspace="7", chat="-200")
    post_digest(store, replace_cron(SETTINGS))
    [notice] = SqlNoticeBoard(store, "en").take("telegram", "7", "h", 60)

    assert isinstance(notice.said, Digest)
    assert [one.text for one in notice.said.pieces] == ["Rain here."]


def replace_cron(settings: Settings) -> Settings:
    """Due at every minute: the pieces of this test are in the week before."""
    return settings.model_copy(update={"digest_cron": "* * * * *"})


async def test_of_several_processes_one_says_it(store: Store) -> None:
    post_digest(store, SETTINGS)
    wall = Wall()
    heralds = [Herald(SqlNoticeBoard(store, "en"), "slack", "T1", wall) for _ in range(4)]
    for _ in range(2):
        await asyncio.gather(*(herald.announce() for herald in heralds))

    assert len([text for text in wall.said if text.startswith("The week in writing")]) == 1


DAYS = [DayOfVotes(MONDAY.date() - timedelta(days=n), liked=n, disliked=1) for n in range(20)]


def test_a_digest_counts_the_runs_of_a_week_that_learned_however_many_there_were(store: Store) -> None:
    for hour in range(168):
        run = store.runs.enqueue({})
        store.runs.start(run, "f")
        store.runs.finish(run, "f", "skipped" if hour % 4 else "rejected", [])
    moment = datetime.now(UTC)

    assert digest_of(store, moment)["runs"] == 42
    assert digest_of(store, moment - timedelta(days=1))["runs"] == 0
    assert digest_of(store, moment + timedelta(days=8))["runs"] == 0


def test_a_week_ends_before_the_day_of_its_digest() -> None:
    assert votes_in(DAYS, MONDAY - timedelta(days=7), MONDAY) == (28, 7)
    assert votes_in(DAYS, MONDAY - timedelta(days=14), MONDAY - timedelta(days=7)) == (77, 7)


def test_the_champion_of_a_time_is_who_held_the_place_then() -> None:
    first = DeploymentRecord(1, "champion", "v1", 1.0, "", False, MONDAY - timedelta(days=9), None)
    history = [first, replace(first, model_version="v2", started_at=MONDAY - timedelta(days=2))]

    assert [champion_at(history, MONDAY - timedelta(days=n)) for n in (0, 7, 30)] == ["v2", "v1", "v1"]
    assert champion_at([], MONDAY) == ""


def test_the_digest_says_what_changed_in_the_model(store: Store) -> None:
    store.versions.add(version("v0001"))
    store.versions.promote("v0001", "test")
    post_digest(store, SETTINGS)
    [notice] = SqlNoticeBoard(store, "en").take("slack", "T1", "h", 60)

    assert isinstance(notice.said, Digest)
    assert notice.said.before == Votes(0, 0)
    assert notice.said.version_before == "base"


def test_the_plot_is_a_picture_with_both_sides() -> None:
    days = [(date(2026, 3, n), n, 3) for n in range(1, 28)]
    with Image.open(BytesIO(ratings_plot(days, [date(2026, 3, 9)]))) as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or ()}

    assert {(0x1F, 0x6F, 0x8B), (0xC8, 0x55, 0x3D)} <= colours
    assert ratings_plot([], []) == b""


def test_the_clock_asks_only_for_what_has_a_channel() -> None:
    assert {"surge", "digest"} <= {entry["task"] for entry in schedule(SETTINGS).values()}
    assert not {"surge", "digest"} & {entry["task"] for entry in schedule(Settings()).values()}


@pytest.mark.parametrize("channels", ["C123", "studio:1", "slack:*", "slack:C 1"])
def test_a_channel_is_named_with_its_platform(monkeypatch: pytest.MonkeyPatch, channels: str) -> None:
    monkeypatch.setenv("RHAPSODE_DIGEST_CHANNELS", channels)
    with pytest.raises(BadSettings, match="RHAPSODE_DIGEST_CHANNELS is"):
        load_settings()
