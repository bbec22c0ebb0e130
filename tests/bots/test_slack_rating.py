"""Readers rate in Slack: buttons, reactions, and the wish for another piece."""

from dataclasses import replace

import pytest

from bots.incidents import say_with
from bots.messages import Rated, Reply, Vote
from bots.slack_blocks import buttons
from bots.texts import say
from tests.bots.slack_running import running, written
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer


class ShakyInbox(MemoryInbox):
    """Fails to keep the first two votes."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 2

    def rate(self, vote: Vote) -> Rated:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the database is away")
        return super().rate(vote)


@pytest.mark.usefixtures("slack_bot")
async def test_a_tap_rates_another_flips_and_the_same_again_clears(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    standing = []
    for number, action in enumerate(["rate_up", "rate_down", "rate_down"], start=1):
        slack.tap(message, action)
        await slack.whispered(number)
        standing.append(inbox.rating(1001, "U1"))

    assert standing == [1.0, -1.0, None]
    assert [text.split(":")[0] for _, text in slack.whispers] == [
        "Thank you, noted",
        "Thank you, noted",
        "Your rating is taken back.",
    ]


@pytest.mark.usefixtures("slack_bot")
async def test_one_tap_delivered_four_times_is_one_vote(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await written(slack, inbox)
    tap = slack.tap(message, "rate_up")
    repeated = [slack.socket.send("interactive", tap.payload) for _ in range(3)]
    await slack.acknowledged(tap, *repeated)
    await slack.whispered()

    assert len(inbox.votes) == 1
    assert inbox.rating(1001, "U1") == 1.0


@pytest.mark.usefixtures("slack_bot")
async def test_taps_of_one_moment_all_count(slack: SlackServer, inbox: MemoryInbox) -> None:
    first, second = await written(slack, inbox), await written(slack, inbox)
    taps = [(first, "rate_up"), (first, "rate_down"), (second, "rate_up")]
    for number, (message, action) in enumerate(taps, start=1):
        slack.tap(message, action, at="7.1")
        await slack.whispered(number)

    assert (inbox.rating(1001, "U1"), inbox.rating(1002, "U1")) == (-1.0, 1.0)


@pytest.mark.usefixtures("slack_bot")
async def test_a_tap_that_comes_again_after_thousands_of_others_does_not_clear_itself(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    tap = slack.tap(message, "rate_up")
    await slack.whispered()
    await slack.acknowledged(*(slack.react(message, "heart", user=f"U{n}") for n in range(1500)))
    await slack.acknowledged(slack.socket.send("interactive", tap.payload))
    slack.tap(message, "rate_up", user="U2")
    await slack.whispered(2)

    assert (inbox.rating(1001, "U1"), inbox.rating(1001, "U2")) == (1.0, 1.0)


@pytest.mark.usefixtures("slack_bot")
async def test_each_reader_has_a_rating_of_their_own(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await written(slack, inbox)
    slack.tap(message, "rate_up", user="U1")
    slack.tap(message, "rate_down", user="U2")
    whispers = dict(await slack.whispered(2))

    assert (inbox.rating(1001, "U1"), inbox.rating(1001, "U2")) == (1.0, -1.0)
    assert whispers["U2"].startswith("谢谢")


@pytest.mark.usefixtures("slack_bot")
@pytest.mark.parametrize(("name", "value"), [("+1::skin-tone-2", 1.0), ("heart", 1.0), ("hankey", -1.0)])
async def test_a_reaction_rates_and_taking_it_back_clears(
    slack: SlackServer, inbox: MemoryInbox, name: str, value: float
) -> None:
    message = await written(slack, inbox)
    slack.react(message, name)
    await inbox.until(lambda: inbox.ratings.get((1001, "U1", "reaction")) == value)
    slack.react(message, name, added=False)
    await inbox.until(lambda: not inbox.ratings)

    assert [vote.value for vote in inbox.votes] == [value, None]
    assert slack.whispers == []


async def test_a_reaction_that_comes_again_after_a_restart_overrules_nothing(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    async with running(slack, inbox):
        message = await written(slack, inbox)
        liked = slack.react(message, "+1")
        await inbox.until(lambda: bool(inbox.ratings))
        slack.react(message, "+1", added=False)
        await inbox.until(lambda: not inbox.ratings)
    async with running(slack, inbox):
        await slack.acknowledged(slack.event(liked.payload["event"]))
        slack.react(message, "heart", user="U2")
        await inbox.until(lambda: inbox.rating(1001, "U2", "reaction") == 1.0)

    assert inbox.ratings == {(1001, "U2", "reaction"): 1.0}


@pytest.mark.usefixtures("slack_bot")
async def test_reactions_without_a_time_of_their_own_all_count(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    for number, kind in enumerate(["reaction_added", "reaction_removed", "reaction_added"], start=1):
        slack.event({"type": kind, "user": "U1", "reaction": "+1", "item": item})
        await inbox.until(lambda number=number: len(inbox.votes) == number)  # type: ignore[misc]

    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0}


@pytest.mark.usefixtures("slack_bot")
async def test_of_two_reactions_one_taken_back_leaves_the_other_standing(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    for name, added in (("+1", True), ("-1", True), ("-1", False), ("+1", False)):
        slack.react(message, name, added=added)
        votes = len(inbox.votes) + 1
        await inbox.until(lambda votes=votes: len(inbox.votes) == votes)  # type: ignore[misc]

    assert [vote.value for vote in inbox.votes] == [1.0, -1.0, 1.0, None]


@pytest.mark.usefixtures("slack_bot")
async def test_where_slack_does_not_list_reactions_a_removal_clears(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    slack.react(message, "heart")
    await inbox.until(lambda: bool(inbox.ratings))
    slack.react(message, "heart", added=False)
    slack.scopes.remove("reactions:read")
    await inbox.until(lambda: not inbox.ratings)


@pytest.mark.usefixtures("slack_bot")
async def test_a_limit_does_not_clear_a_rating_that_another_reaction_still_gives(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    for number, name in enumerate(["+1", "heart"], start=1):
        slack.react(message, name)
        await inbox.until(lambda number=number: len(inbox.votes) == number)  # type: ignore[misc]
    slack.limits["reactions.get"].append(1)
    slack.react(message, "heart", added=False)
    await inbox.until(lambda: len(inbox.votes) == 3)

    assert slack.limited == ["reactions.get"]
    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0}


@pytest.mark.usefixtures("slack_bot")
async def test_reactions_that_are_no_verdict_on_a_piece_are_left_alone(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    question = next(m for m in slack.messages.values() if m.user == "U1")
    slack.direct("")
    refusal = (await slack.posted(2))[-1]
    await slack.acknowledged(
        slack.react(question, "+1"), slack.react(message, "eyes"), slack.react(refusal, "-1")
    )
    slack.react(message, "fire")
    await inbox.until(lambda: bool(inbox.votes))

    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0}


@pytest.mark.usefixtures("slack_bot")
async def test_a_reaction_to_a_piece_that_is_still_written_counts_once_it_is_whole(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    slack.mention("rain")
    [message] = await slack.posted()
    await inbox.followed(1)
    for name, added in (("heart", True), ("fire", True), ("heart", False)):
        slack.react(message, name, added=added)
    slack.react(message, "-1", user="U2")
    await inbox.until(lambda: inbox.tries == 4)
    assert inbox.ratings == {}
    inbox.finish(1, "Rain")
    await inbox.until(lambda: len(inbox.ratings) == 2)

    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0, (1001, "U2", "reaction"): -1.0}


async def test_what_reactions_say_can_be_settled(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with running(slack, inbox, reactions={"eyes": 0.5}):
        message = await written(slack, inbox)
        slack.react(message, "heart")
        slack.react(message, "eyes", user="U2")
        await inbox.until(lambda: bool(inbox.ratings))

    assert inbox.ratings == {(1001, "U2", "reaction"): 0.5}


@pytest.mark.parametrize("action", ["rate_up", "choose", "edit", "again"])
@pytest.mark.usefixtures("slack_bot")
async def test_a_number_that_names_no_piece_of_the_reader_is_refused(
    slack: SlackServer, inbox: MemoryInbox, action: str
) -> None:
    message = await written(slack, inbox)
    reply = inbox.prompts[1].end
    assert isinstance(reply, Reply)
    message.blocks = buttons(replace(reply, completion_id=999), "en", native=False)
    message.blocks += buttons(replace(reply, completion_id=999, of=2), "en", native=False)
    slack.tap(message, action)
    [(user, text)] = await slack.whispered()

    assert (user, text.startswith(say("en", "unknown-completion"))) == ("U1", True)
    assert (inbox.ratings, inbox.preferences, slack.views) == ({}, [], [])


async def test_a_piece_from_before_a_restart_can_be_rated(slack: SlackServer, inbox: MemoryInbox) -> None:
    async with running(slack, inbox):
        message = await written(slack, inbox)
    async with running(slack, inbox):
        slack.tap(message, "rate_up")
        slack.react(message, "-1", user="U2")
        await inbox.until(lambda: len(inbox.votes) == 2)

    assert inbox.ratings == {(1001, "U1", "button"): 1.0, (1001, "U2", "reaction"): -1.0}


@pytest.mark.usefixtures("slack_bot")
async def test_every_part_of_a_long_piece_can_be_reacted_to(slack: SlackServer, inbox: MemoryInbox) -> None:
    await written(slack, inbox, "a line of verse\n" * 1500)
    assert len(slack.bot_messages) == 3
    for message in slack.bot_messages:
        slack.react(message, "heart")
    await inbox.until(lambda: len(inbox.votes) == 3)

    assert inbox.ratings == {(1001, "U1", "reaction"): 1.0}


@pytest.mark.usefixtures("slack_bot")
async def test_again_asks_once_for_another_piece_in_the_same_thread(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    message = await written(slack, inbox)
    tap = slack.tap(message, "again", user="U2")
    await slack.acknowledged(tap, slack.socket.send("interactive", tap.payload))
    await inbox.asked(2)
    inbox.finish(2, "More rain")
    await inbox.delivered(2)

    assert len(inbox.prompts) == 2
    assert inbox.prompts[2].incoming.again_of == 1001
    assert [(m.thread_ts, m.shown) for m in slack.bot_messages][1] == (message.thread_ts, "More rain")


@pytest.mark.usefixtures("slack_bot")
async def test_three_variants_are_shown_and_one_is_chosen(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await written(slack, inbox)
    slack.tap(message, "variants")
    await inbox.asked(2)
    variants = inbox.finish_variants(2, "One rain", "Two rains", "Three rains")
    await inbox.delivered(2)
    shown = slack.bot_messages[1:]
    tap = slack.tap(shown[1], "choose", user="U2")
    await slack.acknowledged(tap, slack.socket.send("interactive", tap.payload))

    assert (inbox.prompts[2].incoming.again_of, inbox.prompts[2].incoming.variants) == (1001, 3)
    assert [m.shown for m in shown] == ["One rain", "Two rains", "Three rains"]
    assert [m.buttons["choose"] for m in shown] == [str(reply.completion_id) for reply in variants.replies]
    assert (await slack.whispered())[0][1] == "谢谢，记住了：你更喜欢这一篇。"
    assert [(reader.user, winner) for reader, winner in inbox.preferences] == [("U2", 1022)]


@pytest.mark.usefixtures("slack_bot")
async def test_a_rating_of_a_forgotten_piece_is_told_so(slack: SlackServer, inbox: MemoryInbox) -> None:
    message = await written(slack, inbox)
    inbox.prompts.clear()
    slack.tap(message, "rate_up")
    slack.tap(message, "again")

    for _, text in await slack.whispered(2):
        assert text.startswith("I no longer know that piece")


@pytest.mark.usefixtures("slack_bot")
async def test_a_tap_that_cannot_be_kept_is_told_so_with_the_number_that_is_logged(
    slack: SlackServer, inbox: MemoryInbox, capsys: pytest.CaptureFixture[str]
) -> None:
    message = await written(slack, inbox)
    inbox.broken = RuntimeError("secret table")
    slack.tap(message, "rate_up")

    [(_, text)] = await slack.whispered()
    incident = text.partition("(No. ")[2].removesuffix(")")
    assert text == say_with(incident, "en", "service-down")
    assert incident in capsys.readouterr().out


async def test_a_reaction_outlives_a_short_trouble_of_the_database(slack: SlackServer) -> None:
    inbox = ShakyInbox()
    async with running(slack, inbox):
        slack.react(await written(slack, inbox), "heart")
        await inbox.until(lambda: inbox.rating(1001, "U1", "reaction") == 1.0)

    assert inbox.failures == 0
