"""What Slack sends is read as requests and votes: tables of cases."""

from typing import Any

import pytest

from bots.messages import Incoming, MessageRef, Place, Reader, Vote
from bots.slack_events import (
    REACTION_VALUES,
    Account,
    as_typed,
    command_to_incoming,
    home_of,
    reaction_to_vote,
    to_again,
    to_incoming,
    to_vote,
)
from bots.slack_payloads import Unreadable, an_id, command_key, tap_key

BOT = Account("T1", "UBOT")
ANN = Reader("slack", "T1", "U1")
MENTION = {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "5.1", "text": "<@UBOT> rain"}
DIRECT = MENTION | {"type": "message", "channel": "D1", "channel_type": "im", "text": "rain"}
REACTION = {
    "type": "reaction_added",
    "user": "U1",
    "reaction": "+1",
    "item": {"type": "message", "channel": "C1", "ts": "6.1"},
    "item_user": "UBOT",
}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("a haiku about rain", "a haiku about rain"),
        ("rain &amp; wind &lt;3 &gt; sun", "rain & wind <3 > sun"),
        ("&amp;lt;", "&lt;"),
        ("about <https://a.b/c|a.b> and <https://d.e>", "about a.b and https://d.e"),
        ("for <@U2|ben> in <#C1|general>", "for ben in general"),
        ("for <@U2> <!here> <!subteam^S1>", "for"),
        ("one\n two ", "one\n two"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)
def test_text_is_read_as_it_was_typed(said: str, read: str) -> None:
    assert as_typed(said) == read


@pytest.mark.parametrize(
    ("event", "chat", "thread", "follows", "answers"),
    [
        (MENTION, "C1", "5.1", False, False),
        (MENTION | {"thread_ts": "4.1"}, "C1", "4.1", True, True),
        (MENTION | {"channel": "D1"}, "D1", "", True, False),
        (DIRECT, "D1", "", True, False),
        (DIRECT | {"thread_ts": "4.1"}, "D1", "4.1", True, True),
        (DIRECT | {"channel": "G1"}, "G1", "", True, False),
        (DIRECT | {"subtype": "file_share"}, "D1", "", True, False),
        (DIRECT | {"subtype": "thread_broadcast", "thread_ts": "4.1"}, "D1", "4.1", True, True),
    ],
)
def test_a_request_is_answered_where_it_was_made_and_may_be_about_what_was_written_there(
    event: dict[str, Any], chat: str, thread: str, follows: bool, answers: bool
) -> None:
    place = Place("slack", "T1", chat, thread)
    before = place if follows else None

    assert to_incoming(event, BOT) == Incoming(
        f"slack:T1:{chat}:5.1", place, ANN, "rain", follow_up_of=before, answers=answers
    )


@pytest.mark.parametrize(
    "text", ["<@UBOT> rain", "<@UBOT>: rain", "<@UBOT|rhapsode>, rain", "rain <@UBOT>", "<@UBOT>\nrain"]
)
def test_the_bots_own_name_is_no_part_of_the_request(text: str) -> None:
    incoming = to_incoming(MENTION | {"text": text}, BOT)

    assert incoming
    assert incoming.text == "rain"


@pytest.mark.parametrize(
    "event",
    [
        MENTION | {"type": "message"},
        MENTION | {"type": "message", "channel_type": "channel"},
        DIRECT | {"user": "UBOT"},
        DIRECT | {"user": "USLACKBOT"},
        DIRECT | {"user": None},
        DIRECT | {"bot_id": "B1"},
        DIRECT | {"subtype": "message_changed"},
        DIRECT | {"subtype": "channel_join"},
        MENTION | {"edited": {"user": "U1", "ts": "5.2"}},
    ],
)
def test_what_was_not_said_to_the_bot_is_no_request(event: dict[str, Any]) -> None:
    assert to_incoming(event, BOT) is None


@pytest.mark.parametrize(
    ("named", "home"),
    [
        ({}, ""),
        ({"team": "T1"}, ""),
        ({"team": "T2", "user_team": "T2"}, "T2"),
        ({"team": "T1", "user_team": "T2"}, "T2"),
        ({"team": "T1", "user_team": "E9"}, ""),
        ({"team": "E9", "user_team": "E9"}, "E9"),
        ({"team": None, "user_team": 7}, ""),
    ],
)
def test_who_is_of_another_workspace_is_read_as_such(named: dict[str, Any], home: str) -> None:
    incoming = to_incoming(MENTION | named, BOT)
    person = {"team_id": named.get("user_team") or named.get("team")}

    assert incoming
    assert incoming.reader.home == home
    assert home_of(person, BOT) == ("E9" if person["team_id"] == "E9" else home)


@pytest.mark.parametrize(
    ("command", "text", "form"),
    [
        ("/poem", "rain", "poem"),
        ("/poem", "", "poem"),
        ("/poem", "a haiku about rain", None),
        ("/poem", "Haiku: rain", None),
        ("/poem", "an old haiku book", "poem"),
        ("/poem", "Free verse about rain", None),
        ("/poem", "haikus", "poem"),
        ("/write", "rain", None),
        ("/write", "a story of two cats", None),
    ],
)
def test_slash_poem_is_a_poem_unless_another_form_is_named(command: str, text: str, form: str | None) -> None:
    body = {"command": command, "text": text, "channel_id": "C1", "user_id": "U1", "trigger_id": "9.8"}
    place = Place("slack", "T1", "C1")

    read = command_to_incoming(body, BOT, ("poem", "haiku", "story", "free verse"))
    assert read == Incoming(f"slack:T1:C1:{command_key(body)}", place, ANN, text, form)


def tap(action: str, value: str | None, **message: str) -> dict[str, Any]:
    return {
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "message": {"ts": "6.1", **message},
        "actions": [{"action_id": action, "value": value, "action_ts": "7.1"}],
    }


@pytest.mark.parametrize(
    ("action", "value", "vote"),
    [
        ("rate_up", "12", Vote(ANN, 1.0, "button", 12, toggle=True, key="slack:T1:U1:rate_up:12:6.1:7.1")),
        (
            "rate",
            "down:12",
            Vote(ANN, -1.0, "button", 12, toggle=True, key="slack:T1:U1:rate:down:12:6.1:7.1"),
        ),
        ("rate_up", "", None),
        ("rate_up", None, None),
        ("rate_up", "-3", None),
        ("rate_up", "٣", None),
        ("other", "12", None),
    ],
)
def test_a_tap_is_a_vote_on_the_completion_in_its_value(
    action: str, value: str | None, vote: Vote | None
) -> None:
    assert to_vote(tap(action, value), BOT) == vote


@pytest.mark.parametrize("thread", ["", "5.1"])
def test_again_is_a_request_of_its_own_in_the_same_place(thread: str) -> None:
    place = Place("slack", "T1", "C1", thread)
    wish = to_again(tap("again", "12", thread_ts=thread), BOT)

    assert wish == Incoming("slack:T1:C1:6.1:again:7.1", place, ANN, "", again_of=12)
    assert to_again(tap("again", "twelve"), BOT) is None


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({}, 1.0),
        ({"reaction": "thumbsup"}, 1.0),
        ({"reaction": "+1::skin-tone-2"}, 1.0),
        ({"reaction": "clap::skin-tone-6"}, 1.0),
        ({"reaction": "fire"}, 1.0),
        ({"reaction": "-1"}, -1.0),
        ({"reaction": "thumbsdown::skin-tone-3"}, -1.0),
        ({"reaction": "hankey"}, -1.0),
        ({"reaction": "poop"}, -1.0),
        ({"type": "reaction_removed"}, None),
        ({"item_user": None}, 1.0),
    ],
)
def test_a_reaction_is_a_vote_on_the_message(change: dict[str, Any], value: float | None) -> None:
    vote = reaction_to_vote(REACTION | change, BOT, REACTION_VALUES)

    assert vote == Vote(ANN, value, "reaction", MessageRef("slack", "C1", "6.1"))


@pytest.mark.parametrize(
    "change",
    [
        {"reaction": "eyes"},
        {"reaction": "eyes", "type": "reaction_removed"},
        {"item_user": "U2"},
        {"user": "UBOT"},
        {"item": {"type": "file", "file": "F1"}},
    ],
)
def test_other_reactions_are_no_vote(change: dict[str, Any]) -> None:
    assert reaction_to_vote(REACTION | change, BOT, REACTION_VALUES) is None


@pytest.mark.parametrize("junk", [None, 7, True, {"id": "U1"}, ["U1"], "", "U 1", "\ud83d", "U" * 201])
def test_what_is_no_id_is_not_taken_for_one(junk: Any) -> None:
    with pytest.raises(Unreadable):
        an_id(junk)


def test_two_taps_in_one_moment_are_two_and_one_tap_is_one_however_often_it_comes() -> None:
    up, down = tap("rate", "up:12"), tap("rate", "down:12")
    elsewhere = tap("rate", "up:12") | {"message": {"ts": "6.2"}}

    assert len({tap_key(body) for body in (up, down, elsewhere)}) == 3
    assert tap_key(up) == tap_key(tap("rate", "up:12"))


def test_two_commands_in_one_moment_are_two_and_one_is_one_however_often_it_comes() -> None:
    rain = {"command": "/poem", "text": "rain", "user_id": "U1", "trigger_id": "9.8"}

    assert len({command_key(rain | change) for change in ({}, {"text": "snow"}, {"user_id": "U2"})}) == 3
    assert command_key(rain) == command_key(dict(rain))


def test_a_tap_without_a_time_is_known_by_its_trigger() -> None:
    timeless = tap("rate_up", "12")
    del timeless["actions"][0]["action_ts"]

    assert "9.8" in tap_key(timeless | {"trigger_id": "9.8"})
    with pytest.raises(Unreadable):
        tap_key(timeless)
