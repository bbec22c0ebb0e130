"""The courier brings every answer to its place once and whole, whatever happens on the way."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bots.courier import Courier
from bots.messages import Incoming, Pending, Place, Reader, Reply, Sent
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from tests.fakes.inbox import MemoryInbox

PLACE = Place("paper", "", "wall")
TEXT = "Rain on\nthe roof"


@dataclass
class Wall:
    """A surface where a message is one line. `troubles` are raised by the next calls, one each."""

    lines: dict[str, str] = field(default_factory=dict)
    troubles: list[Exception | None] = field(default_factory=list)
    rateable: set[str] = field(default_factory=set)
    live: list[str] = field(default_factory=list)
    holds_nothing: bool = False  # As where live text is a draft of its own.

    def parts(self, text: str) -> list[str]:
        return text.splitlines()

    async def hold(self, sentence: str) -> str:
        return "" if self.holds_nothing else await self.send(sentence, None)

    async def show(self, message: str, text: str) -> None:
        self.live.append(text)
        if message:
            await self.edit(message, self.parts(text)[0], None)

    async def send(self, text: str, reply: Reply | None) -> str:
        message = str(len(self.lines) + 1)
        self._put(message, text, reply)
        return message

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        if message not in self.lines:
            raise MessageGone(message)
        self._put(message, text, reply)

    def _put(self, message: str, text: str, reply: Reply | None) -> None:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        self.lines[message] = text
        if reply:
            self.rateable.add(message)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def courier(inbox: MemoryInbox, wall: Wall) -> AsyncIterator[Courier]:
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    yield courier
    await courier.close()


def asked(inbox: MemoryInbox, key: str = "1") -> Pending:
    """A prompt that was just accepted."""
    accepted = inbox.ask(Incoming(key, PLACE, Reader("paper", "", "anna"), "rain"))
    return Pending(accepted.prompt_id, PLACE, "en")


async def test_the_placeholder_becomes_the_first_part_and_the_last_is_rateable(
    inbox: MemoryInbox, wall: Wall, courier: Courier
) -> None:
    courier.start(asked(inbox))
    inbox.finish(1, TEXT)
    prompt = await inbox.delivered(1)

    assert (wall.lines, wall.rateable) == ({"1": "Rain on", "2": "the roof"}, {"2"})
    assert [(sent.part, sent.completion_id, sent.last) for sent in prompt.sent] == [
        (0, None, False),
        (0, 1001, False),
        (1, 1001, True),
    ]


async def test_an_answer_does_not_stand_behind_a_crowd_of_votes(
    inbox: MemoryInbox, wall: Wall, courier: Courier
) -> None:
    pending, stuck = asked(inbox), threading.Event()
    votes = [asyncio.create_task(asyncio.to_thread(stuck.wait, 10)) for _ in range(100)]
    try:
        courier.start(pending)
        inbox.finish(1, TEXT)
        await inbox.delivered(1)
        assert not any(vote.done() for vote in votes)
    finally:
        stuck.set()
        await asyncio.gather(*votes)


VARIANTS = ("Rain on\nthe roof", "Snow", "Hail on\nthe road")
FLAT = ["Rain on", "the roof", "Snow", "Hail on", "the road"]


async def test_all_variants_are_shown_and_the_last_part_of_each_is_rateable(
    inbox: MemoryInbox, wall: Wall, courier: Courier
) -> None:
    courier.start(asked(inbox))
    inbox.finish_variants(1, *VARIANTS)
    prompt = await inbox.delivered(1)

    assert list(wall.lines.values()) == FLAT
    assert wall.rateable == {"2", "3", "5"}
    assert [(sent.part, sent.completion_id, sent.last) for sent in prompt.sent[1:]] == [
        (0, 1011, False),
        (1, 1011, False),
        (2, 1012, False),
        (3, 1013, False),
        (4, 1013, True),
    ]


@pytest.mark.parametrize("before", range(6))
async def test_variants_are_shown_once_wherever_a_crash_cut_them_off(
    inbox: MemoryInbox, wall: Wall, before: int
) -> None:
    asked(inbox)
    wall.lines = {f"{number}": text for number, text in enumerate(FLAT[:before], 1)}
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    courier.start(Pending(1, PLACE, "en", sent=tuple(wall.lines)))
    inbox.finish_variants(1, *VARIANTS)
    await inbox.delivered(1)

    assert list(wall.lines.values()) == FLAT
    assert wall.rateable == {"2", "3", "5"}


async def test_a_prompt_is_never_delivered_twice(inbox: MemoryInbox, wall: Wall, courier: Courier) -> None:
    pending = asked(inbox)
    courier.start(pending)
    courier.start(pending)
    inbox.finish(1, TEXT)
    await inbox.delivered(1)
    courier.start(pending)
    await courier.close()

    assert wall.lines == {"1": "Rain on", "2": "the roof"}


async def test_the_next_look_picks_up_what_is_left(inbox: MemoryInbox, wall: Wall, courier: Courier) -> None:
    asked(inbox)
    inbox.finish(1, TEXT)
    looking = asyncio.create_task(courier.resume_forever("paper", every=60))
    await inbox.delivered(1)
    looking.cancel()

    assert wall.lines == {"1": "Rain on", "2": "the roof"}


async def test_an_answer_that_was_half_shown_is_completed(inbox: MemoryInbox, wall: Wall) -> None:
    asked(inbox)
    wall.lines = {"7": "Rain on"}
    pending = Pending(1, PLACE, "en", sent=("7",))
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    courier.start(pending)
    inbox.finish(1, TEXT)
    await inbox.delivered(1)

    assert wall.lines == {"7": "Rain on", "2": "the roof"}


@pytest.mark.parametrize("trouble", [DeliveryFailed("busy"), MessageGone("gone"), PlaceClosed("closed?")])
async def test_a_live_edit_that_fails_costs_nothing(
    inbox: MemoryInbox, wall: Wall, courier: Courier, trouble: Exception
) -> None:
    wall.troubles = [None, trouble]
    courier.start(asked(inbox))
    await inbox.followed(1)
    inbox.write(1, "Ra")
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert wall.lines == {"1": "Rain"}


async def test_what_the_platform_does_not_take_is_tried_again(
    inbox: MemoryInbox, wall: Wall, courier: Courier
) -> None:
    wall.troubles = [DeliveryFailed("busy"), None, DeliveryFailed("busy")]
    courier.start(asked(inbox))
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert wall.lines == {"1": "Rain"}


async def test_the_platforms_own_patience_is_kept(inbox: MemoryInbox, wall: Wall, courier: Courier) -> None:
    wall.troubles = [DeliveryFailed("flood", retry_after=3)]
    began = asyncio.get_running_loop().time()
    courier.start(asked(inbox))
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert asyncio.get_running_loop().time() - began >= 3


async def test_a_closed_place_ends_the_delivery(inbox: MemoryInbox, wall: Wall, courier: Courier) -> None:
    wall.troubles = [PlaceClosed("the wall is gone")]
    courier.start(asked(inbox))

    assert (await inbox.delivered(1)).closed == "the wall is gone"


class ForgetfulInbox(MemoryInbox):
    """Fails to record the first messages."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def sent(self, sent: Sent) -> None:
        self.failures -= 1
        if self.failures >= 0:
            raise RuntimeError("the database is gone")
        super().sent(sent)


async def test_a_message_that_could_not_be_recorded_is_not_sent_again(wall: Wall) -> None:
    inbox = ForgetfulInbox(failures=1)
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    courier.start(asked(inbox))
    inbox.finish(1, "Rain")
    await inbox.delivered(1)

    assert wall.lines == {"1": "Rain"}


class SlowWall(Wall):
    """Sends only when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.sending, self.go = asyncio.Event(), asyncio.Event()

    async def send(self, text: str, reply: Reply | None) -> str:
        self.sending.set()
        await self.go.wait()
        return await super().send(text, reply)


async def test_a_message_on_its_way_is_recorded_before_the_courier_closes(inbox: MemoryInbox) -> None:
    wall = SlowWall()
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    courier.start(asked(inbox))
    await wall.sending.wait()
    closing = asyncio.create_task(courier.close())
    wall.go.set()
    await closing

    assert inbox.prompts[1].messages == ("1",)


class LateFeed(MemoryInbox):
    """Answers with the prompts that were pending before something else was delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.outdated: Sequence[Pending] = ()

    def pending(self, platform: str) -> Sequence[Pending]:
        return [pending for pending in self.outdated if pending.place.platform == platform]


async def test_an_outdated_list_of_what_is_left_repeats_nothing(wall: Wall) -> None:
    inbox = LateFeed()
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    inbox.outdated = [asked(inbox), asked(inbox, "2")]
    courier.start(inbox.outdated[0])
    inbox.finish(1, TEXT)
    await inbox.delivered(1)
    looking = asyncio.create_task(courier.resume_forever("paper", every=60))
    inbox.finish(2, "Snow")
    await inbox.delivered(2)
    looking.cancel()
    await courier.close()

    assert list(wall.lines.values()) == ["Rain on", "the roof", "Snow"]


async def test_where_live_text_is_a_draft_the_answer_is_a_message_of_its_own(
    inbox: MemoryInbox, wall: Wall, courier: Courier
) -> None:
    wall.holds_nothing = True
    courier.start(asked(inbox))
    await inbox.followed(1)
    inbox.write(1, "Rain")
    inbox.finish(1, TEXT)
    prompt = await inbox.delivered(1)

    assert (wall.live, wall.lines) == (["Rain"], {"1": "Rain on", "2": "the roof"})
    assert [(sent.part, sent.completion_id) for sent in prompt.sent] == [(0, 1001), (1, 1001)]


async def ended() -> None:
    """Returns once the courier is done with the prompt."""
    await asyncio.wait({task for task in asyncio.all_tasks() if task.get_name() == "deliver 1"})


async def test_what_another_process_has_taken_over_is_left_to_it(inbox: MemoryInbox, wall: Wall) -> None:
    pending = asked(inbox)
    inbox.keep([1], "another", 60)
    courier = Courier(inbox, inbox, lambda _: wall, edit_interval=0)
    courier.start(pending)
    inbox.finish(1, TEXT)
    await ended()

    assert wall.rateable == set()


async def test_who_was_silent_for_too_long_shows_no_second_answer(
    inbox: MemoryInbox, wall: Wall, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.claims._FRESH", 0.0)  # As if that time had passed.
    courier.start(asked(inbox))
    await inbox.followed(1)
    inbox.prompts[1].courier = "another"
    inbox.finish(1, TEXT)
    await ended()

    assert list(wall.lines.values()) == ["Writing…"]


async def test_an_answer_that_comes_at_once_is_claimed_once(
    inbox: MemoryInbox, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[list[int]] = []
    keep = inbox.keep

    def counted(prompt_ids: list[int], name: str, seconds: float) -> Any:
        claimed.append(prompt_ids)
        return keep(prompt_ids, name, seconds)

    monkeypatch.setattr(inbox, "keep", counted)
    courier.start(asked(inbox))
    inbox.finish(1, TEXT)
    await inbox.delivered(1)

    assert claimed == [[1]]


async def test_what_a_courier_leaves_behind_is_taken_over(inbox: MemoryInbox, wall: Wall) -> None:
    first, second = (Courier(inbox, inbox, lambda _: wall, edit_interval=0) for _ in range(2))
    first.start(asked(inbox))
    await inbox.followed(1)
    looking = asyncio.create_task(second.resume_forever("paper", every=0.01))
    await inbox.until(lambda: inbox.looks > 1)
    await first.close()
    inbox.finish(1, TEXT)
    await inbox.delivered(1)
    looking.cancel()

    assert wall.lines == {"1": "Rain on", "2": "the roof"}
