"""What a call of a platform is counted in, and what happens when the platform asks to be left alone."""

import pytest

from bots.budget import LIMITS, SLACK, TELEGRAM, Act, Call, Counter, Limit, OpenBudget, counters, within
from bots.surface import DeliveryFailed

CASES = [
    pytest.param("telegram", Call("7", "send"), ["chat 7 1/1", "all  30/1"], id="a private chat"),
    pytest.param(
        "telegram", Call("7", "edit", live=True), ["chat 7 1/1", "all  live 20/1", "all  30/1"], id="live"
    ),
    pytest.param(
        "telegram",
        Call("7", "draft", live=True),
        ["chat 7 1/1", "drafts 7 20/5", "more drafts 7 40/30", "all  live 20/1", "all  30/1"],
        id="a draft",
    ),
    pytest.param(
        "telegram",
        Call("-9", "edit", group=True),
        ["chat -9 1/1", "group -9 20/60", "all  30/1"],
        id="a group counts sends and edits together",
    ),
    pytest.param(
        "telegram",
        Call("-9", "edit", live=True, group=True),
        ["chat -9 1/1", "group -9 live 12/60", "group -9 20/60", "all  live 20/1", "all  30/1"],
        id="live edits leave room in a group",
    ),
    pytest.param(
        "slack", Call("C1", "send", workspace="T1"), ["posts C1 1/1", "(channel C1 1/1)"], id="a post"
    ),
    pytest.param(
        "slack",
        Call("C1", "edit", workspace="T1"),
        ["(channel C1 1/1)", "(edits T1 50/60)"],
        id="an edit that must arrive asks Slack itself",
    ),
    pytest.param(
        "slack",
        Call("C1", "stream", workspace="T1"),
        ["(channel C1 1/1)", "(streams T1 50/60)"],
        id="so does the end of a stream",
    ),
    pytest.param(
        "slack",
        Call("C1", "whisper", workspace="T1"),
        ["(channel C1 1/1)", "whispers T1 100/60"],
        id="a whisper is no post",
    ),
    pytest.param(
        "slack",
        Call("C1", "edit", live=True, workspace="T1"),
        ["channel C1 1/1", "edits T1 live 30/60", "edits T1 50/60"],
        id="a live edit keeps to the tier",
    ),
    pytest.param(
        "slack",
        Call("C1", "stream", live=True, workspace="T1"),
        ["channel C1 1/1", "streams T1 live 30/60", "streams T1 50/60"],
        id="a stream",
    ),
]


def shown(counter: Counter) -> str:
    count = f"{' '.join(counter.key)} {counter.calls}/{counter.seconds}"
    return count if counter.waits else f"({count})"


@pytest.mark.parametrize(("platform", "call", "expected"), CASES)
def test_a_call_is_counted(platform: str, call: Call, expected: list[str]) -> None:
    assert [shown(counter) for counter in counters(LIMITS[platform], call)] == expected


@pytest.mark.parametrize("limit", [*TELEGRAM, *SLACK], ids=lambda limit: limit.name)
def test_every_limit_leaves_something_for_live_calls(limit: Limit) -> None:
    assert limit.calls > limit.kept


async def test_a_chat_that_is_closed_is_closed_alone_and_opens_again() -> None:
    budget = OpenBudget()
    await budget.close("a", 60)
    await budget.close("a", 0.01)  # A shorter wait does not open it.
    await budget.close("c", 0)

    assert await budget.admit(Call("a", "send")) > 1
    assert await budget.admit(Call("b", "send")) == 0
    assert await budget.admit(Call("c", "send")) == 0


@pytest.mark.parametrize("act", ["send", "edit", "draft"])
async def test_what_the_platform_asks_of_one_call_holds_for_the_next(act: Act) -> None:
    budget = OpenBudget()
    with pytest.raises(DeliveryFailed):
        async with within(budget, Call("a", act)):
            raise DeliveryFailed("flood", retry_after=60)
    with pytest.raises(DeliveryFailed) as refused:
        async with within(budget, Call("a", "send")):
            pytest.fail("called while the chat is closed")

    assert refused.value.retry_after > 1
