"""Build the chat adapters from the settings."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from bots.budget import LIMITS, Budget
from worker.parts import Parts
from worker.shared_budget import SharedBudget

Adapter = Callable[[asyncio.Event], Awaitable[None]]


def telegram_adapter(parts: Parts) -> Adapter:
    from bots.telegram import TelegramBot

    return TelegramBot(
        _given(parts.settings.telegram_token),
        parts.inbox,
        parts.feed,
        parts.forms.names,
        readers=parts.readers,
        operators=parts.operators,
        api_url=parts.settings.telegram_api_url,
        budget=_budget(parts, "telegram"),
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
        readers=parts.readers,
        operators=parts.operators,
        forms=parts.forms.words,
        ai_notice=settings.ai_notice,
        budget=_budget(parts, "slack"),
    ).run


def _budget(parts: Parts, platform: str) -> Budget:
    return SharedBudget(platform, parts.broker_url, LIMITS[platform])


def _given(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
