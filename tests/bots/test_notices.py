"""Notices are said once, in the channel's language, and nothing in them is obeyed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bots.herald import Herald
from bots.messages import Place
from bots.notice_words import words_of
from bots.notices import Digest, Notice, Surge, Votes
from bots.readers import Shown
from bots.surface import DeliveryFailed, PlaceClosed
from bots.texts import say
from tests.bots import slack_running, telegram_running
from tests.bots.telegram_running import ANNA, CLUB
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import WRITTEN_AT
from tests.fakes.slack import SlackServer
from tests.fakes.telegram import FakeTelegram

PICTURE = b"\x89PNG picture"
SURGE = Surge(unhappy=7, readers=9, usual=25, version="v0002")
PIECE = Shown(1, "haiku", "rain", "Rain <@U1> & <!channel>\non the roof", 3, WRITTEN_AT)
DIGEST = Digest(12, Votes(6, 2), Votes(1, 1), "v0002", "v0001", runs=7, pieces=(PIECE,))
CAPTION = say("en", "digest-plot")
IN_SLACK = Notice(1, Place("slack", "T1", "C1"), "en", DIGEST, PICTURE)


@dataclass
class Board:
    """Notices in memory; what is taken stays taken."""

    due: list[Notice] = field(default_factory=list)
    messages: dict[int, str] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    away: int = 0  # Calls that fail from now on.

    def take(self, platform: str, workspace: str, herald: str, seconds: float) -> Sequence[Notice]:  # noqa: ARG002 - the Protocol's.
        taken = [notice for notice in self.due if notice.place.platform == platform]
        self.due = [notice for notice in self.due if notice not in taken]
        return taken

    def posted(self, notice: Notice, message: str) -> None:
        self._answer()
        self.messages[notice.id] = message

    def done(self, notice: Notice, why_not: str = "") -> None:
        self._answer()
        self.closed[notice.id] = why_not

    def _answer(self) -> None:
        if self.away:
            self.away -= 1
            raise OSError("the database is away")


@dataclass
class Wall:
    """A channel; `troubles` are raised by the next calls, one each."""

    said: list[str] = field(default_factory=list)
    troubles: list[Exception | None] = field(default_factory=list)

    async def post(self, notice: Notice, text: str) -> str:  # noqa: ARG002 - the Protocol's.
        self._put(text)
        return str(len(self.said))

    async def illustrate(self, notice: Notice, title: str) -> None:  # noqa: ARG002 - the Protocol's.
        self._put(title)

    def _put(self, text: str) -> None:
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        self.said.append(text)


async def announced(board: Board, wall: Wall) -> None:
    await Herald(board, "slack", "T1", wall).announce()


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (DIGEST, "Liked: 6, disliked: 2. That is 75 in a hundred liked, after 50 in the week before."),
        (DIGEST, "The model has changed, after 7 training runs: v0002 writes, in the place of v0001."),
        (replace(DIGEST, before=Votes(0, 0)), "Liked: 6, disliked: 2. That is 75 in a hundred liked.\n"),
        (replace(DIGEST, votes=Votes(0, 0)), "Nobody rated anything."),
        (replace(DIGEST, version_before="v0002", runs=0), "The model is the same: v0002."),
        (
            replace(DIGEST, version_before="v0002", runs=1),
            "The model is the same, after one training run: v0002.",
        ),
    ],
)
def test_a_digest_says_how_the_week_went(digest: Digest, said: str) -> None:
    assert said in words_of(replace(IN_SLACK, said=digest))


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_notice_fits_any_platforms_message(locale: str) -> None:
    long = replace(PIECE, text="雨" * 9000)
    digest = replace(DIGEST, pieces=(long, long, replace(PIECE, text="rain\n" * 999)))
    text = words_of(Notice(1, Place("telegram", "", "1"), locale, digest))

    assert len(text) < 4096
    assert len(text.encode()) < 9000
    assert text.count(" …") == 3
    assert "7" in words_of(Notice(1, Place("telegram", "", "1"), locale, SURGE))


async def test_it_is_said_once_whatever_the_platforms_and_the_databases_trouble() -> None:
    board, wall = Board([IN_SLACK], away=1), Wall(troubles=[DeliveryFailed("busy")])
    await announced(board, wall)
    await announced(board, wall)

    assert wall.said == [words_of(IN_SLACK), CAPTION]
    assert (board.messages, board.closed) == ({1: "1"}, {1: ""})


async def test_what_is_said_already_only_gets_its_picture() -> None:
    board, wall = Board([replace(IN_SLACK, posted="m1")]), Wall()
    await announced(board, wall)

    assert wall.said == [CAPTION]
    assert board.closed == {1: ""}


async def test_a_channel_that_is_closed_is_tried_once() -> None:
    board, wall = Board([IN_SLACK]), Wall(troubles=[PlaceClosed("is_archived")])
    await announced(board, wall)

    assert (wall.said, board.closed) == ([], {1: "is_archived"})


async def test_a_stop_does_not_part_a_message_from_its_record() -> None:
    board, posting, go_on = Board([IN_SLACK]), asyncio.Event(), asyncio.Event()

    class Slow(Wall):
        async def post(self, notice: Notice, text: str) -> str:
            posting.set()
            await go_on.wait()
            return await super().post(notice, text)

    announcing = asyncio.create_task(Herald(board, "slack", "T1", Slow()).announce_forever())
    await posting.wait()
    announcing.cancel()
    go_on.set()
    await asyncio.wait({announcing})

    assert board.messages == {1: "1"}


async def test_in_slack_mentions_are_shown_and_not_obeyed(slack: SlackServer, inbox: MemoryInbox) -> None:
    board = Board([IN_SLACK])
    async with slack_running.running(slack, inbox, notices=board, look_every=0.05):
        await slack.until(lambda: bool(slack.shared), "a notice with its picture")

    [message] = slack.bot_messages
    assert "Rain &lt;@U1&gt; &amp; &lt;!channel&gt;" in message.text
    assert slack.pings == []
    assert PICTURE in slack.files["F0"]
    assert slack.shared == [("C1", "F0")]


async def test_in_slack_a_long_digest_comes_whole_where_no_layout_is_taken(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.layouts = False
    piece = replace(PIECE, text="雨落在屋檐下，" * 100)
    board = Board([replace(IN_SLACK, said=replace(DIGEST, pieces=(piece,) * 3))])
    async with slack_running.running(slack, inbox, notices=board, look_every=0.05):
        await slack.until(lambda: bool(slack.shared), "a notice with its picture")

    assert len(slack.bot_messages) > 1
    assert board.messages == {1: slack.bot_messages[0].ts}


async def test_in_telegram_it_is_plain_text_with_its_picture_below(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    telegram.chats.write("hello", by=ANNA, chat=CLUB)  # A bot cannot speak first.
    club = Place("telegram", "1", str(CLUB["id"]))
    board = Board([replace(IN_SLACK, place=club, locale="zh")])
    async with telegram_running.running(telegram, inbox, notices=board, look_every=0.05):
        message = await telegram.message("一周写作", CLUB)
        await telegram.until(lambda: telegram.photos, "its picture")

    assert "俳句 · 👍 3\nRain <@U1> & <!channel>" in message.text
    assert telegram.photos == [(CLUB["id"], PICTURE)]
