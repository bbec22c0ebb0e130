"""The pure functions between Telegram's updates and the service's own words, as tables."""

from typing import Any

import pytest
from telegram import CallbackQuery, Chat, Message, MessageReactionUpdated, Update, User

from bots.messages import MessageRef, Place, Reply, Vote
from bots.telegram_buttons import Tap, keyboard, to_own_tap, to_tap
from bots.telegram_polling import lanes
from bots.telegram_translation import to_again, to_incoming, to_place, to_reader, to_vote
from tests.bots.telegram_running import ANNA, BEN, CHAT, CLUB, FORMS
from tests.fakes.telegram_chats import BOT, Chats, Fields
from tests.fakes.telegram_chats import Message as Shown

ME = User.de_json(BOT)
HANDLE = "@rhapsode_bot"


def written(text: str, **how: Any) -> Message:
    return Message.de_json(Chats().write(text, **{"by": ANNA} | how))


def changed(**fields: Any) -> Message:
    return Message.de_json(Chats().write("a poem", by=ANNA) | fields)


@pytest.mark.parametrize(
    ("typed", "form", "text"),
    [
        ("a poem about rain", None, "a poem about rain"),
        ("  rain\n", None, "rain"),
        ("/poem rain", "poem", "rain"),
        ("/POEM@Rhapsode_Bot  rain 🌧", "poem", "rain 🌧"),
        ("/poem\nrain\nand snow", "poem", "rain\nand snow"),
        ("/poem", "poem", ""),
        ("/opera rain", "opera", "rain"),
        ("see /poem", None, "see /poem"),
        ("/poem雨", "poem", "雨"),
        ("/ rain", None, "rain"),
        ("//", None, ""),
    ],
)
def test_in_private_everything_is_a_request(typed: str, form: str | None, text: str) -> None:
    incoming = to_incoming(written(typed), ME, FORMS)

    assert incoming is not None
    assert (incoming.form, incoming.text, incoming.reply_to) == (form, text, "")


@pytest.mark.parametrize(
    ("typed", "form", "text"),
    [
        (f"{HANDLE} a poem", None, "a poem"),
        ("🌧 @RHAPSODE_BOT: a poem", None, "🌧 a poem"),
        (f"a poem, please, {HANDLE}", None, "a poem, please,"),
        (HANDLE, None, ""),
        ("/poem rain", "poem", "rain"),
        (f"/opera{HANDLE} rain", "opera", "rain"),
        (f"{HANDLE}写一首诗", None, "写一首诗"),
    ],
)
def test_in_a_group_the_bot_must_be_meant(typed: str, form: str | None, text: str) -> None:
    incoming = to_incoming(written(typed, chat=CLUB), ME, FORMS)

    assert incoming is not None
    assert (incoming.form, incoming.text, incoming.reply_to) == (form, text, "1")


@pytest.mark.parametrize(
    "message",
    [
        written("a poem", chat=CLUB),
        written("@rhapsode_bot2 a poem", chat=CLUB),
        written("mail me@rhapsode_bot.org", chat=CLUB),
        written("/opera rain", chat=CLUB),
        written("/poem@other_bot rain", chat=CLUB),
        written("/poem@other_bot rain"),
        changed(text=None),
        changed(**{"from": BOT}),
        changed(**{"from": None}),
    ],
)
def test_what_is_no_request_is_left_alone(message: Message) -> None:
    assert to_incoming(message, ME, FORMS) is None


def test_a_topics_opening_message_is_not_taken_for_a_reply_to_the_bot() -> None:
    opening = Shown(5, CLUB, "").as_json() | {"forum_topic_created": {"name": "Rain", "icon_color": 1}}
    told = Chats().write("a poem", by=ANNA, chat=CLUB) | {"reply_to_message": opening}

    assert to_incoming(Message.de_json(told), ME, FORMS) is None


def test_the_messages_own_identity_is_the_key() -> None:
    incoming = to_incoming(written("a poem"), ME, FORMS)

    assert incoming is not None
    assert incoming.key == f"telegram:4242:{CHAT['id']}:1"


@pytest.mark.parametrize(
    ("fields", "thread"),
    [
        ({}, ""),
        ({"message_thread_id": 9}, ""),  # A plain reply's thread: Telegram refuses to send there.
        ({"message_thread_id": 9, "is_topic_message": True}, "9"),
        ({"is_topic_message": True}, ""),  # As no server should send it.
    ],
)
def test_only_a_topic_is_a_thread(fields: Fields, thread: str) -> None:
    assert to_place(changed(**fields), ME) == Place("telegram", "4242", str(CHAT["id"]), thread)


def test_an_anonymous_admin_is_the_group_they_speak_for() -> None:
    assert to_reader(Chat.de_json(CLUB), ME).user == str(CLUB["id"])


def reaction(old: list[str], new: list[str], **fields: Any) -> MessageReactionUpdated:
    kinds = [[{"type": "emoji", "emoji": e} if e else {"type": "paid"} for e in side] for side in (old, new)]
    told: Fields = {"chat": CHAT, "message_id": 5, "date": 1, "user": ANNA}
    return MessageReactionUpdated.de_json(
        told | {"old_reaction": kinds[0], "new_reaction": kinds[1]} | fields
    )


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ([], ["👍"], 1),
        ([], ["❤"], 1),
        ([], ["❤️"], 1),
        ([], ["🔥"], 1),
        ([], ["👏"], 1),
        ([], ["👎"], -1),
        ([], ["💩"], -1),
        (["👍"], ["👎"], -1),
        (["👍"], [], None),
        (["👍"], ["🤔"], None),
        (["👍", "👎"], ["👍"], 1),
        (["👎"], ["👍", "👎"], 1),
        (["👍"], ["👍", "🤔"], 1),
        (["👍"], ["👍", ""], 1),
    ],
)
def test_a_reaction_is_a_vote(old: list[str], new: list[str], value: float | None) -> None:
    reader = to_reader(User.de_json(ANNA), ME)

    assert to_vote(reaction(old, new), ME) == Vote(
        reader, value, "reaction", MessageRef("telegram", str(CHAT["id"]), "5")
    )


@pytest.mark.parametrize(
    "update",
    [reaction([], ["🤔"]), reaction(["🤔"], []), reaction([], [""]), reaction([], ["👍"], user=None)],
)
def test_other_reactions_say_nothing(update: MessageReactionUpdated) -> None:
    assert to_vote(update, ME) is None


def tapped(data: str, *, shown: str | None = None, chat: Fields = CHAT) -> CallbackQuery:
    buttons = [[{"text": "x", "callback_data": data if shown is None else shown}]]
    message = Shown(5, chat, "Rain", buttons).as_json()
    return CallbackQuery.de_json(
        {"id": "77", "from": BEN, "message": message, "chat_instance": "1", "data": data}
    )


@pytest.mark.parametrize(
    ("query", "tap"),
    [
        (tapped("r:12:1"), Tap("rate", 12, 1)),
        (tapped("r:12:-1"), Tap("rate", 12, -1)),
        (tapped("a:12"), Tap("again", 12)),
        (tapped("v:12"), Tap("variants", 12)),
        (tapped("c:12"), Tap("choose", 12)),
        (tapped("c:12", shown="v:12"), None),
        (tapped("s:12", shown="r:12:1"), Tap("stop", 12)),
        (tapped("a:12", shown="a:13"), None),
        (tapped("r:12:2"), None),
        (tapped("r:12"), None),
        (tapped("r:1٢:1"), None),
        (tapped("drop table"), None),
    ],
)
def test_only_our_own_buttons_count(query: CallbackQuery, tap: Tap | None) -> None:
    assert to_tap(query) == tap


@pytest.mark.parametrize(
    ("data", "act"), [("r:12:1", "rate"), ("y:12:dull", "explain"), ("c:12", "choose"), ("e:12", "rewrite")]
)
def test_where_no_buttons_are_shown_a_tap_is_about_the_message(data: str, act: str) -> None:
    query = {"id": "7", "from": BEN, "message": Shown(5, CHAT, "Rain").as_json(), "chat_instance": "1"}
    tap = to_tap(CallbackQuery.de_json(query | {"data": data}))

    assert tap is not None
    assert (tap.act, tap.target) == (act, MessageRef("telegram", str(CHAT["id"]), "5"))


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        (tapped("lang:en"), True),
        (tapped("data:really", shown="r:12:1"), True),  # In private nobody else is harmed.
        (tapped("learn:never", chat=CLUB), True),
        (tapped("learn:always", chat=CLUB), True),
        (tapped("lang:en", shown="r:12:1", chat=CLUB), False),
    ],
)
def test_a_made_up_tap_cannot_put_settings_into_a_groups_piece(query: CallbackQuery, *, taken: bool) -> None:
    assert (to_own_tap(query) is not None) == taken


def test_every_tap_on_again_is_a_request_of_its_own() -> None:
    query = tapped("a:12", chat=CLUB)
    assert isinstance(query.message, Message)
    incoming = to_again(query, query.message, 12, ME)

    assert incoming.key == f"telegram:4242:{CLUB['id']}:again:77"
    assert (incoming.again_of, incoming.reply_to, incoming.reader.user) == (12, "5", str(BEN["id"]))


def test_the_buttons_fit_into_telegrams_64_bytes() -> None:
    reply = Reply(1, 10**18 - 1, "Rain", "poem", "base", 7, 4, 5.0, 50.0)
    row = keyboard(reply, "zh").inline_keyboard[0]

    assert [len(str(button.callback_data)) <= 64 for button in row] == [True] * 3


def test_one_persons_updates_keep_their_order_and_nobody_elses_wait() -> None:
    told = [Chats().write(text, by=by) for text, by in (("1", ANNA), ("2", BEN), ("3", ANNA))]
    updates = [Update.de_json({"update_id": n, "message": message}) for n, message in enumerate(told)]

    assert [[update.update_id for update in lane] for lane in lanes(updates)] == [[0, 2], [1]]


def test_entities_that_lie_outside_of_the_text_change_nothing() -> None:
    astray = [{"type": "bot_command", "offset": 9999, "length": -5}]
    incoming = to_incoming(changed(text="/poem 🌧\ud83d", entities=astray), ME, FORMS)

    assert incoming is not None
    assert (incoming.form, incoming.text) == ("poem", "🌧\ud83d")
