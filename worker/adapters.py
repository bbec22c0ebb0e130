"""Build the chat adapters from the settings."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bots.budget import LIMITS, Budget
from worker.alive import alive
from worker.measured_budget import MeasuredBudget
from worker.notice_board import SqlNoticeBoard
from worker.parts import Parts
from worker.problems import CannotStart
from worker.reaction_map import of_slack, of_telegram, read_reactions
from worker.setting_names import variable_of
from worker.settings import Settings
from worker.shared_budget import SharedBudget
from worker.shared_seen import SharedSeen

if TYPE_CHECKING:
    from bots.telegram_webhook import Webhook

LOOK_EVERY = 3.0  # Seconds between looks for what another process left behind.

Adapter = Callable[[asyncio.Event], Awaitable[None]]


def telegram_adapter(parts: Parts) -> Adapter:
    from bots.telegram import TelegramBot
    from worker.shared_themes import SharedThemes

    settings = parts.settings
    return TelegramBot(
        _given(settings.telegram_token),
        parts.measured_inbox,
        parts.feed,
        parts.forms.names,
        readers=parts.readers,
        operators=parts.operators,
        ai_notice=settings.ai_notice,
        reactions=of_telegram(read_reactions(settings.reactions)),
        webhook=_webhook(settings),
        api_url=settings.telegram_api_url,
        look_every=LOOK_EVERY,
        budget=_budget(parts, "telegram"),
        seen=SharedSeen("telegram", parts.broker_url),
        themes=SharedThemes("telegram", parts.broker_url),
        alive=alive(parts.settings, "telegram"),
        notices=SqlNoticeBoard(parts.store, settings.notice_language),
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
        http=(settings.slack_http_host, settings.slack_http_port) if settings.slack_http_port else None,
        inbox=parts.measured_inbox,
        feed=parts.feed,
        readers=parts.readers,
        operators=parts.operators,
        forms=parts.forms.words,
        reactions=of_slack(read_reactions(settings.reactions)),
        ai_notice=settings.ai_notice,
        look_every=LOOK_EVERY,
        budget=_budget(parts, "slack"),
        seen=SharedSeen("slack", parts.broker_url),
        alive=alive(parts.settings, "slack"),
        notices=SqlNoticeBoard(parts.store, settings.notice_language),
    ).run


def _webhook(settings: Settings) -> "Webhook | None":
    """Raises CannotStart."""
    from bots.telegram_webhook import NoSecret, Webhook

    if not settings.telegram_webhook_url:
        return None
    try:
        return Webhook(
            settings.telegram_webhook_url,
            settings.telegram_webhook_host,
            settings.telegram_webhook_port,
            _given(settings.telegram_webhook_secret),
        )
    except NoSecret as error:
        raise CannotStart(f"{variable_of('telegram_webhook_secret')}: {error}") from None


def _budget(parts: Parts, platform: str) -> Budget:
    return MeasuredBudget(SharedBudget(platform, parts.broker_url, LIMITS[platform]), platform)


def _given(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
