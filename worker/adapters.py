"""Build the chat adapters from the settings."""

import asyncio
from collections.abc import Awaitable, Callable

from generation.forms import FORMS
from worker.parts import Parts

Adapter = Callable[[asyncio.Event], Awaitable[None]]


def telegram_adapter(parts: Parts) -> Adapter:
    from bots.telegram import TelegramBot

    token = parts.settings.telegram_token
    assert token is not None
    return TelegramBot(
        token.get_secret_value(),
        parts.inbox,
        parts.feed,
        tuple(FORMS),
        api_url=parts.settings.telegram_api_url,
    ).run
