"""What `rhapsode doctor telegram` looks at."""

import asyncio

from bots.findings import Finding
from bots.telegram_doctor import examine
from worker.settings import Settings


def examine_telegram(settings: Settings, *, chats: tuple[str, ...] = ()) -> list[Finding]:
    """Ask Telegram about the token of the settings. Takes some seconds where Telegram is away."""
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    return asyncio.run(examine(token, chats=chats, api_url=settings.telegram_api_url))
