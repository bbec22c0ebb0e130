"""What of the settings `rhapsode doctor telegram` looks at."""

import asyncio

import pytest
from pydantic import SecretStr

from tests.fakes.telegram import FakeTelegram
from worker.doctor_telegram import examine_telegram, groups
from worker.settings import Settings


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        ("", []),
        ("telegram:-100123, C0123, -5", ["-100123", "-5"]),
        ("slack:C-7, telegram:456", []),
    ],
)
def test_telegrams_groups_among_the_allowed_chats(allowed: str, found: list[str]) -> None:
    assert groups(allowed) == found


@pytest.mark.parametrize(("secret", "good"), [(None, False), (SecretStr("only-for-the-tests"), True)])
async def test_a_webhook_needs_its_secret(secret: SecretStr | None, good: bool) -> None:
    async with FakeTelegram() as telegram:
        settings = Settings().model_copy(
            update={
                "telegram_token": SecretStr(telegram.token),
                "telegram_api_url": telegram.url,
                "telegram_webhook_url": "https://bot.example/telegram",
                "telegram_webhook_secret": secret,
            }
        )
        findings = await asyncio.to_thread(examine_telegram, settings)

    assert [finding.good for finding in findings if finding.what == "webhook secret"] == [good]
