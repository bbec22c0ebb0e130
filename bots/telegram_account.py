"""The pages on which readers settle their language and consent, and see, take along or erase their data."""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, MaybeInaccessibleMessage, User
from telegram.constants import ChatType

from bots.messages import Place, Reader
from bots.readers import Readers, ReaderSettings, Stored
from bots.telegram_buttons import PLATFORM
from bots.telegram_line import Speech
from bots.texts import say, supported

T = TypeVar("T")

EXPORT_NAME = "rhapsode-my-data.json"
_TAP = re.compile(
    r"(?:l:(?P<language>en|zh|-)|k:(?P<consent>[01])|d:(?P<act>export|erase|really|keep)):(?P<owner>-?[0-9]{1,20})"
)
_AS_TELEGRAM = "-"

Page = tuple[str, InlineKeyboardMarkup | None]


class Account:
    """Pages of one reader; whoever else taps on them is told so."""

    def __init__(self, readers: Readers, speech: Speech) -> None:
        self._readers = readers
        self._speech = speech

    async def settings(self, reader: Reader) -> Page:
        return settings_page(reader, await asyncio.to_thread(self._readers.settings, reader))

    async def mydata(self, reader: Reader) -> Page:
        return data_page(reader, await asyncio.to_thread(self._readers.stored, reader))

    async def tapped(self, query: CallbackQuery, reader: Reader, me: User) -> bool:
        """Do what was tapped. False if it is no button of these pages."""
        match = _TAP.fullmatch(str(query.data))
        if match is None or query.message is None:
            return False
        if match["owner"] != reader.user:
            self._speech.toast(query, say(reader.locale, "telegram-not-yours"))
            return True
        place = Place(PLATFORM, str(me.id), str(query.message.chat.id))
        if match["act"] == "export":
            await self._export(query, place, reader)
        elif match["act"]:
            await self._erasing(query, place, match["act"], reader)
        else:
            language = match["language"] and match["language"].removeprefix(_AS_TELEGRAM)
            consent = None if match["consent"] is None else match["consent"] == "1"
            await self._settle(query, place, reader, language, consent)
        return True

    async def _settle(
        self, query: CallbackQuery, place: Place, reader: Reader, language: str | None, consent: bool | None
    ) -> None:
        def settle() -> ReaderSettings:
            return self._readers.settle(reader, language=language, consent=consent)

        settled = await asyncio.to_thread(settle)
        spoken = settled.language or query.from_user.language_code or "en"
        settled_reader = Reader(reader.platform, reader.workspace, reader.user, spoken)
        self._speech.toast(query, say(spoken, "telegram-settled"))
        self._turn(place, query.message, settings_page(settled_reader, settled))

    async def _export(self, query: CallbackQuery, place: Place, reader: Reader) -> None:
        if query.message is None or query.message.chat.type != ChatType.PRIVATE:
            self._speech.toast(query, say(reader.locale, "telegram-in-private"))
            return
        self._speech.toast(query)
        self._speech.hand_over(place, EXPORT_NAME, await self._thread(self._readers.export, reader))

    async def _erasing(self, query: CallbackQuery, place: Place, act: str, reader: Reader) -> None:
        if act == "erase":
            page = confirmation_page(reader)
        elif act == "keep":
            page = await self.mydata(reader)
        else:
            erased = await self._thread(self._readers.erase, reader)
            page = erased_sentence(reader, erased.stored, erased.versions), None
        self._speech.toast(query)
        self._turn(place, query.message, page)

    async def _thread(self, ask: Callable[[Reader], T], reader: Reader) -> T:
        return await asyncio.to_thread(ask, reader)

    def _turn(self, place: Place, message: MaybeInaccessibleMessage | None, page: Page) -> None:
        if message is not None:
            self._speech.turn(place, message.message_id, *page)


def settings_page(reader: Reader, settings: ReaderSettings) -> Page:
    locale = settings.language or reader.locale
    learns = "yes" if settings.consent else "no"
    lead = say(locale, "telegram-settings", language=supported(locale), consent=learns)
    languages = (("English", "en"), ("中文", "zh"), (say(locale, "telegram-as-telegram"), _AS_TELEGRAM))
    change = say(locale, "telegram-button-consent", consent=learns)
    rows = [
        [_button(label, f"l:{code}", reader) for label, code in languages],
        [_button(change, f"k:{0 if settings.consent else 1}", reader)],
    ]
    return lead, InlineKeyboardMarkup(rows)


def data_page(reader: Reader, stored: Stored) -> Page:
    locale = reader.locale
    since = f"{stored.since:%Y-%m-%d}" if stored.since else "—"
    text = say(locale, "telegram-stored", **_counts(stored), since=since)
    export = _button(say(locale, "telegram-button-export"), "d:export", reader)
    erase = _button(say(locale, "telegram-button-erase"), "d:erase", reader)
    return text, InlineKeyboardMarkup([[export], [erase]])


def confirmation_page(reader: Reader) -> Page:
    sure = _button(say(reader.locale, "telegram-button-erase-really"), "d:really", reader)
    keep = _button(say(reader.locale, "telegram-button-keep"), "d:keep", reader)
    return say(reader.locale, "telegram-erase-really"), InlineKeyboardMarkup([[sure], [keep]])


def erased_sentence(reader: Reader, stored: Stored, versions: tuple[str, ...]) -> str:
    erased = say(reader.locale, "telegram-erased", **_counts(stored))
    if not versions:
        return erased
    return f"{erased}\n{say(reader.locale, 'telegram-erased-versions', versions=', '.join(versions))}"


def _counts(stored: Stored) -> dict[str, str]:
    return {
        "prompts": str(stored.prompts),
        "completions": str(stored.completions),
        "ratings": str(stored.ratings),
        "preferences": str(stored.preferences),
        "demonstrations": str(stored.demonstrations),
    }


def _button(label: str, data: str, owner: Reader) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=f"{data}:{owner.user}")
