"""A reader's own affairs on Telegram: settings, and what is stored of them."""

import asyncio

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, User
from telegram.constants import ChatType

from bots.messages import Place, Reader
from bots.readers import ReaderSettings, Stored
from bots.stored_sentences import erased_sentence, stored_sentence
from bots.telegram_buttons import PLATFORM
from bots.telegram_desk import Desk
from bots.telegram_translation import Command, thread_of, to_place
from bots.texts import say

EXPORT_NAME = "rhapsode-mydata.json"
_CHOSEN = "✓ "


class Account:
    """Shows a reader what is theirs, in private only, and lets them settle it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_command(self, command: Command, message: Message, reader: Reader) -> None:
        """`/settings`, or `/mydata` with what is to become of the data, if that is said at once."""
        place = to_place(message, self._desk.me)
        if message.chat.type != ChatType.PRIVATE:
            await self._desk.tell(place, say(reader.locale, "telegram-in-private"))
            return
        match command.name, command.rest.lower():
            case "settings", _:
                settings = await asyncio.to_thread(self._desk.readers.settings, reader)
                buttons = settings_buttons(reader.locale, settings)
                await self._desk.tell(place, settings_text(reader.locale, settings), buttons)
            case _, "export":
                await self._export(place, reader)
            case _, ("delete" | "erase"):
                await self._desk.tell(place, erase_text(reader.locale), erase_buttons(reader.locale))
            case _:
                stored = await asyncio.to_thread(self._desk.readers.stored, reader)
                await self._desk.tell(place, stored_text(reader.locale, stored), data_buttons(reader.locale))

    async def on_tap(self, query: CallbackQuery, what: str, value: str, reader: Reader) -> None:
        """A button of the settings, of the data, or the one beside the sentence on learning."""
        match what, value:
            case "lang", ("en" | "zh" | "auto"):
                await self._settle_language(query, reader, "" if value == "auto" else value)
            case "learn", ("yes" | "no"):
                await self._settle_consent(query, reader, consent=value == "yes")
            case "learn", ("always" | "never"):
                consent = value == "always"
                await asyncio.to_thread(lambda: self._desk.readers.settle(reader, consent=consent))
                noted = "learning" if consent else "not-learning"
                await self._desk.toast(query, say(reader.locale, noted))
            case "data", "export" if _in_private(query):
                await self._export(_place_of(query, self._desk.me), reader)
                await self._desk.toast(query)
            case "data", "erase" if _in_private(query):
                await self._desk.toast(query)
                await self._desk.change(query, erase_text(reader.locale), erase_buttons(reader.locale))
            case "data", "really" if _in_private(query):
                erased = await asyncio.to_thread(self._desk.readers.erase, reader)
                await self._desk.toast(query)
                await self._desk.change(query, erased_sentence(reader.locale, erased), None)
            case "data", "keep" if _in_private(query):
                stored = await asyncio.to_thread(self._desk.readers.stored, reader)
                await self._desk.toast(query)
                await self._desk.change(
                    query, stored_text(reader.locale, stored), data_buttons(reader.locale)
                )
            case _:
                await self._desk.toast(query)

    async def _settle_language(self, query: CallbackQuery, reader: Reader, language: str) -> None:
        settings = await asyncio.to_thread(lambda: self._desk.readers.settle(reader, language=language))
        await self._show(query, settings)

    async def _settle_consent(self, query: CallbackQuery, reader: Reader, *, consent: bool) -> None:
        settings = await asyncio.to_thread(lambda: self._desk.readers.settle(reader, consent=consent))
        await self._show(query, settings)

    async def _show(self, query: CallbackQuery, settings: ReaderSettings) -> None:
        locale = settings.language or query.from_user.language_code or "en"
        await self._desk.toast(query)
        await self._desk.change(query, settings_text(locale, settings), settings_buttons(locale, settings))

    async def _export(self, place: Place, reader: Reader) -> None:
        everything = await asyncio.to_thread(self._desk.readers.export, reader)

        async def send() -> None:
            # The library reads a file only once: each try has its own.
            file = InputFile(everything, filename=EXPORT_NAME)
            async with self._desk.calling(place.chat, "send"):
                await self._desk.bot.send_document(place.chat, file, message_thread_id=thread_of(place))

        self._desk.errands.start(place.chat, send)


def settings_text(locale: str, settings: ReaderSettings) -> str:
    learns = say(locale, "learns", consent="yes" if settings.consent else "no")
    return f"{say(locale, 'settings')}\n\n{say(locale, 'language-lead')}\n{learns}"


def settings_buttons(locale: str, settings: ReaderSettings) -> InlineKeyboardMarkup:
    """The language and the consent that stand are marked."""
    languages = {"en": "English", "zh": "中文", "": say(locale, "telegram-as-telegram")}
    consents = {consent: say(locale, "button-learn", consent=consent) for consent in ("yes", "no")}
    consent = "yes" if settings.consent else "no"
    return InlineKeyboardMarkup(
        [
            [
                _choice(label, f"lang:{language or 'auto'}", chosen=language == settings.language)
                for language, label in languages.items()
            ],
            [_choice(label, f"learn:{wish}", chosen=wish == consent) for wish, label in consents.items()],
        ]
    )


def stored_text(locale: str, stored: Stored) -> str:
    counted = stored_sentence(locale, stored)
    if stored.since is None:
        return counted
    return f"{counted}\n{say(locale, 'since', since=f'{stored.since:%Y-%m-%d}')}"


def data_buttons(locale: str) -> InlineKeyboardMarkup:
    return _row({"data:export": say(locale, "button-export"), "data:erase": say(locale, "button-erase")})


def erase_buttons(locale: str) -> InlineKeyboardMarkup:
    return _row({"data:really": say(locale, "button-erase"), "data:keep": say(locale, "deny")})


def erase_text(locale: str) -> str:
    return f"{say(locale, 'erase-title')} {say(locale, 'erase-text')}"


def _row(labels: dict[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for data, label in labels.items()]]
    )


def _choice(label: str, data: str, *, chosen: bool) -> InlineKeyboardButton:
    return InlineKeyboardButton((_CHOSEN if chosen else "") + label, callback_data=data)


def _place_of(query: CallbackQuery, me: User) -> Place:
    return (
        to_place(query.message, me) if query.message else Place(PLATFORM, str(me.id), str(query.from_user.id))
    )


def _in_private(query: CallbackQuery) -> bool:
    return query.message is not None and query.message.chat.type == ChatType.PRIVATE
