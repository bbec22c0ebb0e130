"""Read what Slack sends: requests, taps on buttons, reactions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bots.messages import REASONS, Incoming, MessageRef, Place, Reader, Vote
from bots.slack_payloads import Payload, a_text, an_id, command_key, is_id, tap_key, tapped_at

# action_id of what stands under a piece. RATE is Slack's own pair of thumbs, whose value is "up:12".
RATE, RATE_UP, RATE_DOWN = "rate", "rate_up", "rate_down"
AGAIN, VARIANTS, CHOOSE, EDIT = "again", "variants", "choose", "edit"
STOP = "stop"  # Under a placeholder; its value is the prompt's id.
REASON, COMMENT = "reason", "comment"  # REASON's value is "12:dull"; its action_id is "reason_dull".
BUTTON_VALUES = {RATE_UP: 1.0, RATE_DOWN: -1.0}
VARIANTS_WANTED = 3

_LIKED = (
    "+1 thumbsup heart heart_eyes sparkling_heart two_hearts orange_heart yellow_heart green_heart "
    "blue_heart purple_heart black_heart white_heart heart_on_fire fire clap tada star star2 star-struck "
    "100 raised_hands ok_hand rose"
)
_DISLIKED = "-1 thumbsdown hankey poop shit face_vomiting nauseated_face yawning_face"
REACTION_VALUES = dict.fromkeys(_LIKED.split(), 1.0) | dict.fromkeys(_DISLIKED.split(), -1.0)

_SAID = (None, "file_share", "thread_broadcast")  # Subtypes of what somebody says.
_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")  # <@U1>, <#C1|general>, <!here>, <https://a.b|a.b>


@dataclass(frozen=True, slots=True)
class Account:
    """The bot as one workspace knows it."""

    team: str
    user: str

    def own(self, key: str) -> str:
        """The key as no other workspace and no other platform gives it."""
        return f"slack:{self.team}:{key}"


def as_typed(text: str) -> str:
    """What the reader typed: Slack's tokens read out, its escapes undone."""

    def read_out(token: re.Match[str]) -> str:
        target, label = token[1], token[2]
        return label or ("" if target[0] in "@#!" else target)  # A bare id says nothing to a writer.

    read = _TOKEN.sub(read_out, text)
    return read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def to_incoming(event: Payload, bot: Account) -> Incoming | None:
    """The request in a mention or a direct message; None for what was not said to the bot."""
    channel, stamp, user = an_id(event["channel"]), an_id(event["ts"]), event.get("user")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    if event["type"] == "message" and not direct:
        return None  # In a channel the mention is the request, and this its twin.
    if event.get("subtype") not in _SAID or event.get("edited") or event.get("bot_id"):
        return None
    if user in (None, bot.user, "USLACKBOT"):
        return None
    inside = bool(event.get("thread_ts"))
    thread = an_id(event["thread_ts"]) if inside else "" if direct else stamp
    text = re.sub(rf"<@{re.escape(bot.user)}(\|[^<>]*)?>[:,]?", "", a_text(event.get("text")))
    place = Place("slack", bot.team, channel, thread)
    return Incoming(
        key=bot.own(f"{channel}:{stamp}"),
        place=place,
        reader=Reader("slack", bot.team, an_id(user), home=home_of(event, bot)),
        text=as_typed(text),
        follow_up_of=place if direct or inside else None,
        answers=inside,
    )


def command_to_incoming(body: Payload, bot: Account, forms: Sequence[str]) -> Incoming:
    """The request in a slash command. `/poem` is a poem unless its text begins with another form."""
    text, channel = as_typed(a_text(body.get("text"))), an_id(body["channel_id"])
    asked = re.sub(r"^an?\s+", "", text.lower())
    named = any(re.match(rf"{re.escape(form)}(?!\w)", asked) for form in forms)
    poem = body["command"] == "/poem" and not named
    return Incoming(
        key=bot.own(f"{channel}:{command_key(body)}"),
        place=Place("slack", bot.team, channel),
        reader=Reader("slack", bot.team, an_id(body["user_id"])),
        text=text,
        form="poem" if poem and "poem" in forms else None,
    )


def to_again(body: Payload, bot: Account) -> Incoming | None:
    """The wish for one more piece like the tapped one, or several; None for a strange button."""
    action, message = body["actions"][0], body["message"]
    completion, channel = completion_of(body), an_id(body["channel"]["id"])
    if completion is None:
        return None
    thread = message.get("thread_ts")
    return Incoming(
        key=bot.own(f"{channel}:{an_id(message['ts'])}:{action['action_id']}:{tapped_at(body)}"),
        place=Place("slack", bot.team, channel, an_id(thread) if thread else ""),
        reader=reader_of(body, bot),
        text="",
        again_of=completion,
        variants=VARIANTS_WANTED if action["action_id"] == VARIANTS else 1,
    )


def to_choice(body: Payload, bot: Account) -> tuple[Reader, int] | None:
    """Who chose which variant; None for a strange button."""
    completion = completion_of(body)
    return None if completion is None else (reader_of(body, bot), completion)


def to_vote(body: Payload, bot: Account) -> Vote | None:
    """The verdict in a tap on a rating button; None for a strange button."""
    action = body["actions"][0]
    verdict, value = str(action["action_id"]), a_text(action.get("value"))
    if verdict == RATE:
        side, _, value = value.partition(":")
        verdict = f"rate_{side}"
    completion, rating = to_id(value), BUTTON_VALUES.get(verdict)
    if completion is None or rating is None:
        return None
    return Vote(reader_of(body, bot), rating, "button", completion, toggle=True, key=bot.own(tap_key(body)))


def to_reason(body: Payload, bot: Account) -> Vote | None:
    """Why a piece was disliked, from a tap on a reason; None for a strange button."""
    number, _, reason = a_text(body["actions"][0].get("value")).partition(":")
    completion = to_id(number)
    if completion is None or reason not in REASONS:
        return None
    return Vote(reader_of(body, bot), -1.0, "button", completion, reason=reason, key=bot.own(tap_key(body)))


def reaction_to_vote(event: Payload, bot: Account, values: Mapping[str, float]) -> Vote | None:
    """The verdict in a reaction that came or went; None where it is none, or not on the bot's message.

    `values` are Slack's names of reactions without their skin tone, each with its verdict from -1 to 1.
    """
    item = event["item"]
    value = values.get(str(event["reaction"]).partition("::")[0])  # "+1::skin-tone-2"
    if value is None or item["type"] != "message" or event["user"] == bot.user:
        return None
    if event.get("item_user") not in (None, bot.user):
        return None
    ref = MessageRef("slack", an_id(item["channel"]), an_id(item["ts"]))
    standing = value if event["type"] == "reaction_added" else None
    return Vote(Reader("slack", bot.team, an_id(event["user"])), standing, "reaction", ref)


def standing_reaction(message: object, user: str, values: Mapping[str, float]) -> float | None:
    """The verdict of the reader's last reaction to a message, as Slack lists them; None if there is none."""
    listed = message.get("reactions") if isinstance(message, dict) else None
    standing = None
    for reaction in listed if isinstance(listed, list) else []:
        value = values.get(str(reaction.get("name")).partition("::")[0])
        if value is not None and user in (reaction.get("users") or []):
            standing = value
    return standing


def reader_of(body: Payload, bot: Account) -> Reader:
    """Who tapped, submitted or chose."""
    person = body["user"]
    return Reader("slack", bot.team, an_id(person["id"]), home=home_of(person, bot))


def home_of(person: Payload, bot: Account) -> str:
    """The workspace of somebody who is of another one than the bot's, as Slack names it beside them; else "".

    Of a large organisation Slack may name the whole one ("E…") as well.
    """
    named = [team for name in ("team_id", "user_team", "team") if is_id(team := person.get(name))]
    home = next((team for team in named if team.startswith("T")), "".join(named[:1]))
    return "" if home == bot.team else home


def completion_of(body: Payload) -> int | None:
    """The completion in a tapped button's value; None for a strange button."""
    return to_id(a_text(body["actions"][0].get("value")))


def to_id(value: str) -> int | None:
    """A number of ours in a button's value; None for anything else."""
    short = len(value) < 19  # Past that a database's integer ends.
    return int(value) if short and value.isascii() and value.isdigit() else None
