"""Commands that start processes: up, migrate, writer, trainer, clock, slack, telegram."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from worker.alive import Alive, alive, stay_alive
from worker.logs import configure
from worker.parts import Parts
from worker.problems import CannotStart
from worker.setting_names import variable_of
from worker.settings import BadSettings, Settings, load_settings

Idle = Annotated[bool, typer.Option("--idle", help="Without a token wait to be stopped, instead of failing.")]


def parts_for(process: str, log_level: str | None = None) -> Parts:
    """Settings read and logs set up for one process, quieter for commands. Raises BadSettings."""
    settings = load_settings()
    configure(log_level or settings.log_level, settings.log_format, process)
    return Parts(settings, process)


def register(app: typer.Typer) -> None:
    for command in (up, migrate, writer, trainer, clock, slack, telegram):
        app.command()(command)


def up() -> None:
    """Start everything: broker, writer, trainer, clock, studio, and the chat adapters that have tokens."""
    from worker.up import run_up

    run_up(parts_for("up"), typer.echo)


def migrate() -> None:
    """Bring the database's tables up to date. Every process does so; this one does nothing else."""
    parts_for("migrate").store.close()
    typer.echo("the tables are up to date")


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

    run_clock(parts_for("clock"))


def slack(idle: Idle = False) -> None:
    """Answer in Slack, over Socket Mode or signed HTTP."""
    parts = parts_for("slack")
    proof = "slack_signing_secret" if parts.settings.slack_http_port else "slack_app_token"
    if idle and not parts.settings.slack_bot_token:
        _stand_by(parts.settings, "slack")
        return
    _need(parts.settings, "slack_bot_token", proof)
    from bots.slack import TokenRefused
    from worker.adapters import slack_adapter

    try:
        _answer(parts, slack_adapter(parts))
    except TokenRefused as error:
        raise CannotStart(f"RHAPSODE_SLACK_BOT_TOKEN or RHAPSODE_SLACK_APP_TOKEN: {error}") from None


def telegram(idle: Idle = False) -> None:
    """Answer in Telegram, by polling or over a webhook."""
    parts = parts_for("telegram")
    if idle and not parts.settings.telegram_token:
        _stand_by(parts.settings, "telegram")
        return
    from bots.telegram import TokenRefused
    from worker.adapters import telegram_adapter

    _need(parts.settings, "telegram_token")
    try:
        _answer(parts, telegram_adapter(parts))
    except TokenRefused as error:
        raise CannotStart(f"RHAPSODE_TELEGRAM_TOKEN: {error}") from None


def _answer(parts: Parts, adapter: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run an adapter with its figures until it is told to stop."""
    from worker.metrics.exposition import exposed
    from worker.presence import present

    running = alive(parts.settings, parts.process, "running")
    try:
        with present(parts), exposed(parts.settings, parts.process):
            asyncio.run(_until_signalled(adapter, running))
    finally:
        parts.close()


def _need(settings: Settings, *fields: str) -> None:
    for field in fields:
        if not getattr(settings, field):
            raise BadSettings(f"{variable_of(field)} is not set: see docs/{field.split('_')[0]}.md")


def _stand_by(settings: Settings, platform: str) -> None:
    typer.echo(f"{platform} is not configured: waiting to be stopped; see docs/{platform}.md")
    working, running = alive(settings, platform), alive(settings, platform, "running")

    def say() -> None:  # Nothing is to be done, and that is done.
        working()
        running()

    asyncio.run(_until_signalled(lambda stop: stop.wait(), say))


async def _until_signalled(run: Callable[[asyncio.Event], Awaitable[object]], running: Alive) -> None:
    """`running` is called as long as the event loop turns."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    turning = asyncio.create_task(stay_alive(running))
    try:
        await run(stop)
    finally:
        turning.cancel()
