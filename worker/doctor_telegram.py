"""What `rhapsode doctor telegram` looks at."""

import asyncio
import re

from bots.findings import Finding
from bots.telegram_doctor import examine
from worker.settings import Settings


def examine_telegram(settings: Settings) -> list[Finding]:
    """Ask Telegram about the settings' token, webhook and groups. Takes some seconds where it is away."""
    secrets = (settings.telegram_token, settings.telegram_webhook_secret)
    token, webhook = (secret.get_secret_value() if secret else "" for secret in secrets)
    looking = examine(
        token,
        chats=groups(settings.allow_chats or ""),
        webhook_url=settings.telegram_webhook_url or "",
        webhook_secret=webhook,
        api_url=settings.telegram_api_url,
    )
    return asyncio.run(looking)


def groups(allowed: str) -> list[str]:
    """Telegram's groups among the allowed chats: "telegram:-100123" or "-100123"."""
    return re.findall(r"(?<![\w-])(?:telegram:)?(-[0-9]{1,20})(?!\w)", allowed)
