"""Look at a Telegram bot from outside: token, modes, webhook, rights, clock; and say what to do."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import aiohttp
from telegram import Bot, ChatMember, User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bots.findings import Finding
from bots.telegram_shapes import ALLOWED_UPDATES
from bots.telegram_webhook import NoSecret, check_secret

DEFAULT_URL = "https://api.telegram.org"
_PATIENCE = 10.0  # Seconds for one call.
_MOST_SKEW = 60.0  # Seconds.
_NO_GROUPS = Finding(
    "rights in groups",
    True,
    "not looked at: name groups in RHAPSODE_ALLOW_CHATS (telegram:-100…) to see if reactions count there; "
    "in a group they do only if the bot is an administrator",
)


async def examine(
    token: str,
    *,
    chats: Sequence[str] = (),
    webhook_url: str = "",
    webhook_secret: str = "",
    api_url: str | None = None,
    now: Callable[[], float] = time.time,
) -> list[Finding]:
    """What an operator should know before the bot starts. Changes nothing, and shows no token.

    `chats` are groups to look for the bot's rights in, `webhook_url` is the configured one, if any,
    `webhook_secret` what Telegram is to prove itself with there.
    """
    root = (api_url or DEFAULT_URL).rstrip("/")
    if not token:
        return [Finding("token", False, "none is set: ask @BotFather for one, see docs/telegram.md")]
    bot = Bot(token, base_url=f"{root}/bot")
    try:
        async with bot:  # Asks who it is.
            found = [_token(bot.bot), *_modes(bot.bot), *_webhook(await bot.get_webhook_info(), webhook_url)]
            found += [_secret(webhook_secret)] if webhook_url else []
            found += [await _rights(bot, chat) for chat in chats] or [_NO_GROUPS]
    except InvalidToken:
        return [Finding("token", False, "Telegram does not know it: copy it again from @BotFather")]
    except TelegramError as error:
        said = (
            f"Telegram does not answer at {root} ({type(error).__name__}): check the network and the address"
        )
        return [Finding("token", False, said)]
    return [*found, await _clock(root, now())]


def _token(me: User) -> Finding:
    return Finding("token", True, f"signed in as {me.name}")


def _modes(me: User) -> list[Finding]:
    privacy = (
        "off: every message of a group reaches the bot, which ignores what is not meant for it"
        if me.can_read_all_group_messages
        else "on: in groups only commands and answers reach the bot. For mentions: @BotFather, /setprivacy, "
        "Disable, then add the bot to the group again"
    )
    inline = (
        "on"
        if me.supports_inline_queries
        else "off: to be asked from other chats, send /setinline to @BotFather"
    )
    groups = "may be added" if me.can_join_groups else "may not be added: @BotFather, /setjoingroups"
    return [
        Finding("privacy mode", True, privacy),
        Finding("inline mode", True, inline),
        Finding("groups", True, groups),
    ]


def _webhook(info: WebhookInfo, wanted: str) -> list[Finding]:
    if not wanted:
        if info.url:
            said = (
                f"set to {info.url}, but this bot polls: its start removes it. Is another process using it?"
            )
            return [Finding("webhook", False, said)]
        return [Finding("webhook", True, "none: the bot polls"), _asked_for_with_every_look()]
    if info.url != wanted:
        said = f"set to {info.url or 'nothing'}, not to {wanted}: start the bot, which sets it"
        return [Finding("webhook", False, said)]
    return [_delivery(info), _allowed(info)]


def _secret(secret: str) -> Finding:
    try:
        check_secret(secret)
    except NoSecret as error:
        said = f"{error}: set RHAPSODE_TELEGRAM_WEBHOOK_SECRET, the bot does not start without"
        return Finding("webhook secret", False, said)
    return Finding("webhook secret", True, "is set; the bot tells it to Telegram at its start")


def _delivery(info: WebhookInfo) -> Finding:
    if not info.url.startswith("https://"):
        return Finding("webhook", False, f"{info.url} is not https://: Telegram posts nowhere else")
    if info.last_error_message and info.last_error_date:
        when = info.last_error_date.astimezone(UTC)
        said = f"{info.last_error_message} ({when:%Y-%m-%d %H:%M} UTC), {info.pending_update_count} waiting: "
        said += "can Telegram reach the address, and is its certificate valid?"
        return Finding("webhook", False, said)
    return Finding("webhook", True, f"{info.url}, {info.pending_update_count} updates waiting")


def _asked_for_with_every_look() -> Finding:
    kinds = ", ".join(sorted(map(str, ALLOWED_UPDATES)))
    return Finding("allowed updates", True, f"{kinds}: the bot names them whenever it polls")


def _allowed(info: WebhookInfo) -> Finding:
    missing = sorted({str(kind) for kind in ALLOWED_UPDATES} - set(info.allowed_updates or ()))
    if missing:
        said = f"{', '.join(missing)} not asked for: restart the bot, which asks for them"
        return Finding("allowed updates", False, said)
    return Finding("allowed updates", True, "all that the bot understands")


async def _rights(bot: Bot, chat: str) -> Finding:
    what = f"rights in {chat}"
    try:
        member = await bot.get_chat_member(chat, bot.bot.id)
    except TelegramError as error:
        return Finding(what, False, f"{error}: add the bot to the chat, or check its id")
    if member.status in (ChatMember.ADMINISTRATOR, ChatMember.OWNER):
        return Finding(what, True, "administrator: reactions count")
    if member.status in (ChatMember.LEFT, ChatMember.BANNED):
        return Finding(what, False, "not in the chat: add the bot")
    said = "no administrator: reactions do not count there. Make the bot one; it needs no single right"
    return Finding(what, False, said)


async def _clock(root: str, now: float) -> Finding:
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(root) as answer:
            date = answer.headers.get("Date", "")
        skew = now - parsedate_to_datetime(date).timestamp()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return Finding("clock", True, "Telegram did not say what time it is")
    if abs(skew) > _MOST_SKEW:
        direction = "ahead" if skew > 0 else "behind"
        return Finding("clock", False, f"{abs(skew):.0f} s {direction}: turn on time synchronisation (NTP)")
    return Finding("clock", True, "right")
