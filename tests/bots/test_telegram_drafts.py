"""In private chats a text grows as a draft, and ends as one message."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from telegram import Bot

from bots.budget import Budget, Call, OpenBudget
from bots.telegram_desk import Desk
from bots.telegram_drafts import Drafts
from tests.bots.telegram_running import ANNA, BEN, BUTTONS, CHAT, CLUB, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators, MemoryReaders
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields


@pytest.fixture(autouse=True)
def drafts(telegram: FakeTelegram) -> None:
    telegram.knows_drafts = True


async def until_drafted(telegram: FakeTelegram, text: str, times: int = 1) -> None:
    def drafted() -> bool:
        return [draft[2] for draft in telegram.drafts].count(text) >= times

    await telegram.until(drafted, f"a draft “{text}”")


async def delivering() -> None:
    """Returns once no answer is under way any more."""
    await asyncio.wait({task for task in asyncio.all_tasks() if task.get_name().startswith("deliver ")})


async def asked(telegram: FakeTelegram, inbox: MemoryInbox, chat: Fields | None = None) -> None:
    await telegram.says("/poem rain", by=ANNA, chat=chat)
    await inbox.asked()
    await inbox.followed(1)


async def test_a_text_grows_as_a_draft_and_ends_as_the_only_message(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await asked(telegram, inbox)
        inbox.write(1, "Rain on")
        await until_drafted(telegram, "Rain on")
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert telegram.drafts == [(CHAT["id"], 1, "Writing…"), (CHAT["id"], 1, "Rain on")]
    [message] = telegram.chats.sent
    assert (message.history, message.labels) == (["Rain on the roof"], BUTTONS)


async def test_groups_have_no_drafts(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await asked(telegram, inbox, CLUB)
        message = await telegram.message("Writing…", CLUB)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert not telegram.drafts
    assert message.text == "Rain on the roof"


async def test_where_drafts_are_refused_a_message_holds_the_place(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    telegram.refused_drafts = "Bad Request: TEXTDRAFT_PEER_INVALID"
    async with running(telegram, inbox):
        await asked(telegram, inbox)
        message = await telegram.message("Writing…")
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert message.history == ["Writing…", "Rain on the roof"]


async def test_a_server_without_drafts_is_asked_only_once(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    telegram.knows_drafts = False
    async with running(telegram, inbox):
        for theme in ("rain", "snow"):
            await telegram.says(f"/poem {theme}", by=ANNA)
            await telegram.settled()
        await telegram.until(lambda: len(telegram.chats.sent) == 2, "two placeholders")

    assert len(telegram.called("sendMessageDraft")) == 1


async def test_a_flood_of_drafts_holds_up_no_text(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        telegram.outages["sendMessageDraft"] = 1000
        await asked(telegram, inbox)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == ["Rain on the roof"]


async def test_a_restart_in_the_middle_ends_in_one_message(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await asked(telegram, inbox)
    inbox.finish(1, "Rain on the roof")
    async with running(telegram, inbox):
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == ["Rain on the roof"]


async def test_what_is_stopped_says_so_in_a_message(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await asked(telegram, inbox)
        await telegram.says("/stop", by=ANNA)
        await inbox.delivered(1)

    assert [(message.text, message.labels) for message in telegram.chats.sent] == [("Stopped.", [])]


@asynccontextmanager
async def refreshed(
    telegram: FakeTelegram, inbox: MemoryInbox, after: float = 0.01, budget: Budget | None = None
) -> AsyncIterator[Drafts]:
    """Drafts that are shown again at once."""
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
        desk = Desk(bot, inbox, MemoryReaders(inbox), MemoryOperators(), (), budget=budget or OpenBudget())
        drafts = Drafts(desk, refresh_after=after)
        refreshing = asyncio.create_task(drafts.refresh_forever())
        yield drafts
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing


async def test_a_draft_is_shown_again_before_telegram_forgets_it_and_not_once_it_ended(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("hello", by=ANNA)
    async with refreshed(telegram, inbox) as drafts:
        await drafts.show(1, str(CHAT["id"]), None, "Rain")
        await until_drafted(telegram, "Rain", times=3)
        drafts.end(1)
        await drafts.show(2, str(CHAT["id"]), None, "Snow")
        seen = telegram.drafts.index((CHAT["id"], 2, "Snow"))
        await until_drafted(telegram, "Snow", times=3)

    assert [text for _, _, text in telegram.drafts[seen + 1 :]].count("Rain") <= 1  # One was on its way.


async def test_a_draft_that_found_no_room_is_shown_at_the_next_look(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    telegram.outages["sendMessageDraft"] = 1
    await telegram.says("hello", by=ANNA)
    async with refreshed(telegram, inbox, after=0.2) as drafts:
        assert await drafts.show(1, str(CHAT["id"]), None, "Rain")
        await until_drafted(telegram, "Rain")


class Meanwhile(OpenBudget):
    """While it is asked, something happens elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.happens: Callable[[], None] = lambda: None

    async def admit(self, call: Call) -> float:
        self.happens()
        return await super().admit(call)


async def test_a_draft_that_ends_while_others_are_shown_again_costs_them_nothing(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("hello", by=ANNA)
    budget = Meanwhile()
    async with refreshed(telegram, inbox, budget=budget) as drafts:
        for number, text in enumerate(("Rain", "Snow"), 1):
            await drafts.show(number, str(CHAT["id"]), None, text)
        budget.happens = lambda: drafts.end(2)
        seen = telegram.drafts.count((CHAT["id"], 1, "Rain"))
        await until_drafted(telegram, "Rain", times=seen + 3)


async def test_a_draft_whose_text_is_sent_while_it_waits_its_turn_is_not_shown(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await telegram.says("hello", by=ANNA)
    budget = Meanwhile()
    async with refreshed(telegram, inbox, budget=budget) as drafts:
        budget.happens = lambda: drafts.end(1)
        await drafts.show(1, str(CHAT["id"]), None, "Rain")

    assert not telegram.drafts


async def test_a_draft_whose_text_another_process_brings_is_not_shown_again(
    telegram: FakeTelegram, inbox: MemoryInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.telegram_asking.Drafts", partial(Drafts, refresh_after=0.01))
    monkeypatch.setattr("bots.claims.RENEWED", 0.01)
    async with running(telegram, inbox):
        await asked(telegram, inbox)
        await until_drafted(telegram, "Writing…", times=2)
        inbox.prompts[1].courier = "another"
        await delivering()
        await telegram.says("/poem snow", by=BEN)
        await inbox.followed(2)
        inbox.write(2, "Snow")
        await until_drafted(telegram, "Snow", times=4)

    seen = telegram.drafts.index((BEN["id"], 2, "Snow"))
    assert [number for _, number, _ in telegram.drafts[seen:]].count(1) <= 1  # One was on its way.
