"""What Slack answers becomes what the courier understands."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.budget import Call, OpenBudget
from bots.messages import Pending, Place
from bots.slack_refusals import Refusals
from bots.slack_streams import Abilities, Recipient
from bots.slack_surface import SlackSurface
from bots.surface import CutAnew, DeliveryFailed, MessageGone, PlaceClosed
from bots.texts import say
from tests.bots.slack_running import running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryReaders
from tests.fakes.slack import SlackServer
from tests.fakes.slack_rules import TEXT_LIMIT
from tests.fakes.slack_workspace import BOT_TOKEN, Message

STORY = "\n".join(f"{n} rain & 🌧️ on the roof" for n in range(400))


class CountingBudget(OpenBudget):
    """Knows what was entered."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    async def admit(self, call: Call) -> float:
        self.calls.append(call)
        return await super().admit(call)


def surface(
    slack: SlackServer,
    channel: str = "C1",
    thread: str = "",
    token: str = BOT_TOKEN,
    abilities: Abilities | None = None,
    **more: Any,
) -> SlackSurface:
    client = AsyncWebClient(token, base_url=f"{slack.url}/api/", retry_handlers=[])
    return SlackSurface(client, Pending(1, Place("slack", "T1", channel, thread), "en"), abilities, **more)


@pytest.mark.parametrize(
    ("channel", "thread", "why"),
    [
        ("G1", "", "channel_not_found"),
        ("C3", "", "is_archived"),
        ("C1", "1.1", "thread_not_found"),
    ],
)
async def test_a_place_where_nothing_can_be_sent_is_closed(
    slack: SlackServer, channel: str, thread: str, why: str
) -> None:
    with pytest.raises(PlaceClosed, match=why):
        await surface(slack, channel, thread).send("Rain", None)


async def test_a_message_that_is_not_there_or_not_ours_is_gone(slack: SlackServer) -> None:
    foreign = slack.say("app_mention", "rain", "C1", "U1").payload["event"]["ts"]
    for message in ("1.1", foreign):
        with pytest.raises(MessageGone):
            await surface(slack).edit(message, "Rain", None)


async def test_a_limit_says_how_long_to_wait(slack: SlackServer) -> None:
    slack.limits["chat.postMessage"].append(7)

    with pytest.raises(DeliveryFailed) as failed:
        await surface(slack).send("Rain", None)
    assert failed.value.retry_after == 7.0


async def test_whatever_else_goes_wrong_is_worth_another_try(slack: SlackServer) -> None:
    with pytest.raises(DeliveryFailed, match="invalid_auth"):
        await surface(slack, token="xoxb-old").send("Rain", None)
    slack.url = "http://127.0.0.1:9"
    with pytest.raises(DeliveryFailed):
        await surface(slack).send("Rain", None)


async def test_the_same_text_twice_is_no_error(slack: SlackServer) -> None:
    message = await surface(slack).send("Rain", None)
    await surface(slack).edit(message, "Rain", None)

    assert slack.messages["C1", message].shown == "Rain"


async def test_a_text_that_goes_only_without_blocks_is_to_be_cut_anew(slack: SlackServer) -> None:
    slack.layouts = False
    bare = surface(slack)
    [first, *_] = bare.parts(STORY)
    with pytest.raises(CutAnew):
        await bare.send(first, None)
    for piece in bare.parts(first):
        await bare.send(piece, None)

    assert len(first) > TEXT_LIMIT
    assert "".join(message.shown for message in slack.bot_messages) == first
    assert not any(message.blocks for message in slack.bot_messages)


async def test_where_no_blocks_are_taken_from_the_beginning_the_place_is_held_by_words(
    slack: SlackServer,
) -> None:
    slack.layouts = False
    bare = surface(slack)
    message = await bare.hold("Writing…")
    await bare.show(message, "Rain")
    parts = bare.parts(STORY)
    await bare.edit(message, parts[0], None)
    for part in parts[1:]:
        await bare.send(part, None)

    assert [shown.shown for shown in slack.bot_messages] == parts
    assert slack.bot_messages[0].versions == ["Writing…", "Rain"]


@pytest.mark.parametrize(
    ("reason", "patience", "operators", "ended"),
    [
        ("some_new_error", 0.0, 60.0, True),
        ("some_new_error", 60.0, 60.0, False),
        ("token_revoked", 0.0, 60.0, False),
        ("token_revoked", 60.0, 0.0, True),
        ("internal_error", 0.0, 0.0, False),
        ("rate_limited", 0.0, 0.0, False),
        ("message_limit_exceeded", 0.0, 0.0, False),
    ],
)
async def test_what_slack_refuses_for_too_long_is_given_up(
    slack: SlackServer, reason: str, patience: float, operators: float, ended: bool
) -> None:
    slack.refused = reason
    abilities = Abilities(refusals=Refusals(patience, operators))

    with pytest.raises(PlaceClosed if ended else DeliveryFailed, match=reason.replace("rate_", "rate")):
        await surface(slack, abilities=abilities).send("Rain", None)


async def test_whoever_waits_for_an_answer_that_is_given_up_is_told_so(slack: SlackServer) -> None:
    impatient = surface(slack, abilities=Abilities(refusals=Refusals(patience=0.0)))
    message = await impatient.hold("Writing…")
    slack.refusing = "rain"
    with pytest.raises(PlaceClosed, match="restricted_content"):
        await impatient.edit(message, "Rain: rain", None)

    assert slack.messages["C1", message].shown == say("en", "slack-given-up", prompt="1")


async def test_an_answer_whose_place_cannot_be_edited_is_given_up_in_a_new_message(
    slack: SlackServer,
) -> None:
    impatient = surface(slack, abilities=Abilities(refusals=Refusals(patience=0.0)))
    message = await impatient.hold("Writing…")
    slack.refused_edits = "update_failed"
    with pytest.raises(PlaceClosed, match="update_failed"):
        await impatient.edit(message, "Rain", None)

    assert [m.shown for m in slack.bot_messages] == [say("en", "slack-given-up", prompt="1")]


@pytest.mark.parametrize(
    "reason",
    ["update_failed", "block_mismatch", "is_inactive", "external_channel_migrating", "some_new_error"],
)
async def test_a_message_whose_edit_is_refused_three_times_gives_way(slack: SlackServer, reason: str) -> None:
    refused = surface(slack)
    message = await refused.hold("Writing…")
    slack.refused_edits = reason
    for outcome in (DeliveryFailed, DeliveryFailed, MessageGone):
        assert slack.bot_messages
        with pytest.raises(outcome, match=reason):
            await refused.edit(message, "Rain", None)

    assert slack.bot_messages == []


@pytest.mark.parametrize("reason", ["rate_limited", "message_limit_exceeded", "token_revoked"])
async def test_a_refusal_that_passes_or_is_the_operators_matter_removes_nothing(
    slack: SlackServer, reason: str
) -> None:
    patient = surface(slack)
    message = await patient.hold("Writing…")
    slack.refused_edits = reason
    for _ in range(5):
        with pytest.raises(DeliveryFailed):
            await patient.edit(message, "Rain", None)
    slack.refused_edits = ""
    await patient.edit(message, "Rain", None)

    assert [(m.ts, m.shown) for m in slack.bot_messages] == [(message, "Rain")]


async def test_whispers_and_direct_messages_are_entered_in_the_budget(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    budget = CountingBudget()
    async with running(slack, inbox, budget=budget, readers=MemoryReaders(inbox)):
        slack.command("/write", "", channel="C2")
        slack.submit(await slack.viewed(), theme="rain")
        await slack.posted(2)

    assert {("C2", "whisper"), ("D1", "send")} <= {(call.chat, call.act) for call in budget.calls}


async def test_a_place_without_streams_costs_one_call(slack: SlackServer) -> None:
    unstreamed = Abilities(unstreamed={"C1"})
    held = []
    for channel, thread in (("D1", ""), ("C1", ""), ("C1", "1.1")):
        budget = CountingBudget()
        slack.messages["C1", "1.1"] = Message("C1", "1.1", "U1", "rain")
        recipient = Recipient("U1", "T1")
        await surface(slack, channel, thread, abilities=unstreamed, recipient=recipient, budget=budget).hold(
            "Writing…"
        )
        held.append([call.act for call in budget.calls])

    assert held == [["send"]] * 3
