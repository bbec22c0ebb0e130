"""Commands that start processes: up, writer, trainer, clock, slack, telegram."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import typer

from worker.logs import configure
from worker.parts import Parts
from worker.problems import CannotStart
from worker.settings import BadSettings, Settings, load_settings, variable_of


def parts_for(process: str, log_level: str | None = None) -> Parts:
    """Settings read and logs set up for one process, quieter for commands. Raises BadSettings."""
    settings = load_settings()
    configure(log_level or settings.log_level, settings.log_format, process)
    return Parts(settings)


def register(app: typer.Typer) -> None:
    for command in (up, writer, trainer, clock, slack, telegram):
        app.command()(command)


def up() -> None:
    """Start everything: broker, writer, trainer, clock, studio, and the chat adapters that have tokens."""
    from worker.up import run_up

    run_up(parts_for("up"), typer.echo)


def writer() -> None:
    """Write what is asked for, with the live model version."""
    from worker.writer import run_writer

    run_writer(parts_for("writer"))


def trainer() -> None:
    """Fine-tune when asked to, one run at a time, in a child process."""
    from worker.trainer import run_trainer

    run_trainer(parts_for("trainer"))


def clock() -> None:
    """Ask for retraining every night, and for prompts left behind every few seconds."""
    from worker.clock import run_clock
    from worker.queues import connect

    parts = parts_for("clock")
    run_clock(connect(parts.broker_url), parts.settings)


def slack() -> None:
    """Answer in Slack, over Socket Mode or signed HTTP."""
    from bots.slack import TokenRefused
    from worker.adapters import slack_adapter

    parts = parts_for("slack")
    proof = "slack_signing_secret" if parts.settings.slack_http_port else "slack_app_token"
    _need(parts.settings, "slack_bot_token", proof)
    try:
        asyncio.run(_until_signalled(slack_adapter(parts)))
    except TokenRefused as error:
        raise CannotStart(f"RHAPSODE_SLACK_BOT_TOKEN or RHAPSODE_SLACK_APP_TOKEN: {error}") from None


def telegram() -> None:
    """Answer in Telegram, by polling or over a webhook."""
    from bots.telegram import TokenRefused
    from worker.adapters import telegram_adapter

    parts = parts_for("telegram")
    _need(parts.settings, "telegram_token")
    try:
        asyncio.run(_until_signalled(telegram_adapter(parts)))
    except TokenRefused as error:
        raise CannotStart(f"RHAPSODE_TELEGRAM_TOKEN: {error}") from None


def _need(settings: Settings, *fields: str) -> None:
    for field in fields:
        if getattr(settings, field) is None:
            raise BadSettings(f"{variable_of(field)} is not set: see docs/{field.split('_')[0]}.md")


async def _until_signalled(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(stop)
