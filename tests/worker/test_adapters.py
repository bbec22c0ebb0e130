"""The adapters as processes of their own, against the running service: asked, written, rated, stored."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bots.telegram_running import ANNA
from tests.deadline import DEADLINE
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import APP_TOKEN, BOT_TOKEN
from tests.fakes.telegram import FakeTelegram
from tests.worker.conftest import Service, until
from worker.settings import Settings
from worker.up import children


@asynccontextmanager
async def adapter(service: Service, name: str, **settings: str) -> AsyncIterator[None]:
    """`rhapsode slack` or `rhapsode telegram`, as long as the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", name, env=service.environment | settings, cwd=service.home
    )
    try:
        yield
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), DEADLINE) == 0


def ratings_of_last_completion(service: Service) -> list[float]:
    store = service.parts.store
    newest = store.statistics.overview().completions
    return [rating.value for rating in store.ratings.of(newest)]


async def test_a_poem_asked_and_rated_in_telegram(service: Service) -> None:
    until(service.writer_ready, "writer")
    async with FakeTelegram() as telegram:
        settings = {"RHAPSODE_TELEGRAM_TOKEN": telegram.token, "RHAPSODE_TELEGRAM_API_URL": telegram.url}
        async with adapter(service, "telegram", **settings):
            await telegram.says("/slogan tea", by=ANNA)
            await telegram.until(
                lambda: any(m.text and "👍" in str(m.markup) for m in telegram.chats.sent), "it"
            )
            message = await telegram.rateable()
            query = await telegram.taps(message, "👍", ANNA)
            assert await telegram.toast(query) == "Thank you, noted: more like this."
    assert ratings_of_last_completion(service) == [1.0]


async def test_a_poem_asked_and_rated_in_slack(service: Service) -> None:
    until(service.writer_ready, "writer")
    async with SlackServer.started() as slack:
        settings = {
            "RHAPSODE_SLACK_BOT_TOKEN": BOT_TOKEN,
            "RHAPSODE_SLACK_APP_TOKEN": APP_TOKEN,
            "RHAPSODE_SLACK_API_URL": f"{slack.url}/api/",
        }
        async with adapter(service, "slack", **settings):
            await slack.until(lambda: slack.socket.connections > 0, "a connection")
            slack.mention("a slogan for coffee")
            await slack.until(lambda: any("rate_down" in m.buttons for m in slack.bot_messages), "it")
            message = next(m for m in slack.bot_messages if "rate_down" in m.buttons)
            slack.tap(message, "rate_down")
            await slack.until(lambda: any("less like" in text for _, text in slack.whispers), "thanks")
    assert ratings_of_last_completion(service) == [-1.0]


@pytest.mark.parametrize(
    ("tokens", "adapters"),
    [
        ({}, []),
        ({"telegram_token": "1:a"}, ["telegram"]),
        ({"slack_bot_token": "xoxb-1"}, []),
        ({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}, ["slack"]),
    ],
)
def test_an_adapter_starts_where_its_tokens_are(
    tmp_path: Path, tokens: dict[str, str], adapters: list[str]
) -> None:
    settings = Settings(home=tmp_path).model_copy(update=dict.fromkeys(tokens, "set"))
    names = [child.name for child in children(settings, "redis://127.0.0.1:1/0", 8080)]
    assert names == ["writer", "trainer", "clock", "studio", *adapters]
