"""Readers in the fake Telegram: they ask, wait for the answer, and tap what they think of it."""

import asyncio
from collections.abc import Sequence

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields, Message, person, private

PATIENCE = 180.0  # Seconds for an answer: all readers ask at once, and two cores write.


async def ask_and_rate(telegram: FakeTelegram, themes: Sequence[str]) -> list[str]:
    """One reader for each theme. Every third does not like what comes. What was written, in order."""
    answers = await asyncio.gather(
        *(_answer(telegram, person(1000 + number), theme) for number, theme in enumerate(themes))
    )
    for number, answer in enumerate(answers):
        await telegram.taps(answer, "👎" if number % 3 == 2 else "👍", person(1000 + number))
    await telegram.settled()
    return [answer.text for answer in answers]


async def _answer(telegram: FakeTelegram, reader: Fields, theme: str) -> Message:
    before = len(_rateable(telegram, reader))
    await telegram.says(f"/haiku {theme}", by=reader)
    await telegram.until(lambda: len(_rateable(telegram, reader)) > before, f"an answer on {theme}", PATIENCE)
    return _rateable(telegram, reader)[-1]


def _rateable(telegram: FakeTelegram, reader: Fields) -> list[Message]:
    chat = private(reader)["id"]
    return [
        message for message in telegram.chats.sent if message.chat["id"] == chat and "👍" in message.labels
    ]
