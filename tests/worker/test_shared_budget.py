"""One budget for all processes of a platform, and what each does without the broker."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bots.budget import Call, Limit
from tests.worker.broker_running import Broker, running_broker
from worker.shared_budget import SharedBudget

SEND, SHOW = Call("a", "send"), Call("a", "edit", live=True)
OTHER = Call("b", "send")
FOUR = Limit("chat", "chat", 4, 600, kept=2)
ONE = Limit("chat", "chat", 1, 1)
TIER = Limit("tier", "workspace", 1, 600, firm=False)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


class Processes:
    """Budgets of as many processes as a test wants, under a platform of the test's own."""

    def __init__(self, platform: str, url: str) -> None:
        self._platform = platform
        self._url = url
        self.started: list[SharedBudget] = []

    def start(self, *limits: Limit) -> SharedBudget:
        self.started.append(SharedBudget(self._platform, self._url, limits))
        return self.started[-1]


@pytest.fixture
async def processes(broker: Broker, request: pytest.FixtureRequest) -> AsyncIterator[Processes]:
    started = Processes(request.node.name, broker.url)
    yield started
    for budget in started.started:
        await budget.aclose()


async def waits(budget: SharedBudget, call: Call) -> asyncio.Task[float]:
    """The call, once it is seen to wait."""
    task = asyncio.create_task(budget.admit(call))
    done, _ = await asyncio.wait({task}, timeout=0.3)
    assert not done
    return task


async def test_processes_spend_from_one_budget(processes: Processes) -> None:
    one, two = processes.start(FOUR), processes.start(FOUR)
    entered = [await budget.admit(SEND) for budget in (one, two, one, two)]
    fifth = await waits(one, SEND)
    fifth.cancel()

    assert entered == [0, 0, 0, 0]
    assert await two.admit(OTHER) == 0


async def test_live_calls_leave_room_for_what_must_arrive(processes: Processes) -> None:
    one, two = processes.start(FOUR), processes.start(FOUR)
    shown = [await budget.admit(SHOW) for budget in (one, two, one, two)]
    sent = [await budget.admit(SEND) for budget in (one, two)]

    assert [wait > 0 for wait in shown] == [False, False, True, True]
    assert sent == [0, 0]


async def test_what_must_arrive_waits_and_goes_before_what_is_live(processes: Processes) -> None:
    budget = processes.start(ONE)
    assert await budget.admit(SEND) == 0
    waiting = asyncio.create_task(budget.admit(SEND))
    while not waiting.done():
        assert await budget.admit(SHOW) > 0
        await asyncio.sleep(0)

    assert await waiting == 0


async def test_what_must_arrive_does_not_wait_for_a_rule_of_thumb(processes: Processes) -> None:
    budget = processes.start(TIER)

    assert [await budget.admit(SEND) for _ in range(3)] == [0, 0, 0]
    assert await budget.admit(SHOW) > 0


async def test_a_chat_that_one_process_was_told_to_leave_alone_is_left_alone_by_all(
    processes: Processes,
) -> None:
    one, two = processes.start(FOUR), processes.start(FOUR)
    await one.close("a", 60)

    assert await two.admit(SEND) > 1
    assert await two.admit(OTHER) == 0


async def test_without_a_broker_each_process_keeps_a_budget_of_its_own(tmp_path: Path) -> None:
    with running_broker(tmp_path) as broker:
        budget = SharedBudget("paper", broker.url, [FOUR])
        assert await budget.admit(SEND) == 0
        broker.stop()
        await budget.close("c", 60)
        entered = [await budget.admit(SEND) for _ in range(4)]
        fifth = await waits(budget, SEND)
        fifth.cancel()

        assert entered == [0, 0, 0, 0]
        assert await budget.admit(SHOW) > 0
        assert await budget.admit(Call("c", "send")) > 1
        await budget.aclose()
