"""Build the chat adapters from the settings."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from worker.parts import Parts

Adapter = Callable[[asyncio.Event], Awaitable[None]]


def telegram_adapter(parts: Parts) -> Adapter:
    from bots.telegram import TelegramBot

    return TelegramBot(
        _given(parts.settings.telegram_token),
        parts.inbox,
        parts.feed,
        parts.forms.names,
        readers=parts.readers,  # type: ignore[attr-defined] # From the service's side.
        operators=parts.operators,  # type: ignore[attr-defined] # From the service's side.
        api_url=parts.settings.telegram_api_url,
    ).run


def slack_adapter(parts: Parts) -> Adapter:
    from bots.slack import SlackBot

    settings = parts.settings
    secret = settings.slack_signing_secret
    return SlackBot(
        bot_token=_given(settings.slack_bot_token),
        app_token=_given(settings.slack_app_token),
        signing_secret=secret.get_secret_value() if secret else None,
        api_url=settings.slack_api_url,
        inbox=parts.inbox,
        feed=parts.feed,
        readers=parts.readers,  # type: ignore[attr-defined] # From the service's side.
        operators=parts.operators,  # type: ignore[attr-defined] # From the service's side.
        forms=parts.forms.words,
    ).run


def _given(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
