"""What `rhapsode doctor` looks at, and what it advises."""

import shutil

from bots.findings import Finding
from feedback.database import DatabaseGone
from generation.base_models import NotAModel
from generation.served_adapters import NO_ENDPOINT
from worker.base_model import base_of
from worker.engines import look_at_server
from worker.parts import NothingRuns, Parts
from worker.problems import CannotStart, NotYet
from worker.settings import Settings

_LEAST_FREE = 2 * 1024**3  # Bytes: a base model, its versions and a run's draft.


def examine(parts: Parts) -> list[Finding]:
    server = [_server(parts)] if parts.settings.engine == "openai" else []
    return [
        _database(parts),
        _broker(parts),
        _writers(parts),
        _model(parts),
        *server,
        _screen(parts),
        _disk(parts),
        *_chats(parts),
    ]


def _database(parts: Parts) -> Finding:
    try:
        overview = parts.store.statistics.overview()
    except DatabaseGone as error:
        return Finding("database", False, f"{error}; check RHAPSODE_DATABASE_URL")
    return Finding("database", True, f"{overview.prompts} prompts, {overview.waiting} waiting")


def _broker(parts: Parts) -> Finding:
    try:
        there = parts.publisher.answers()
    except NothingRuns as error:
        return Finding("broker", False, str(error))
    return Finding("broker", there, "answers" if there else "does not answer; is it running?")


def _writers(parts: Parts) -> Finding:
    try:
        versions = parts.publisher.writers()
    except NothingRuns:
        versions = []
    said = ", ".join(versions) or "none runs; start `make up` or `rhapsode writer`"
    return Finding("writers", bool(versions), said)


def _model(parts: Parts) -> Finding:
    if parts.settings.base_is_elsewhere:
        return Finding("model", True, "only on the server; set RHAPSODE_MODEL as well to train it here")
    try:
        base = base_of(parts)
    except NotAModel as error:
        return Finding("model", False, str(error))
    return Finding("model", True, f"{base.id} in {base.folder}")


def _server(parts: Parts) -> Finding:
    try:
        report = look_at_server(parts)
    except (CannotStart, NotYet) as error:
        return Finding("server", False, str(error))
    adapters = "loads adapters at run time" if report.adapters else NO_ENDPOINT
    return Finding("server", True, f"answers, knows {parts.settings.openai_model}; {adapters}")


def _screen(parts: Parts) -> Finding:
    try:
        _ = parts.screen
    except CannotStart as error:
        return Finding("screen", False, str(error))
    settings = parts.settings
    said = "refuses profanity" if settings.profanity else "lets profanity pass"
    return Finding("screen", True, f"{said}; block list: {settings.blocked_words or 'none'}")


def _disk(parts: Parts) -> Finding:
    parts.settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(parts.settings.home).free
    return Finding("disk", free >= _LEAST_FREE, f"{free / 1024**3:.1f} GiB free, at least 2 are wanted")


def _chats(parts: Parts) -> list[Finding]:
    settings = parts.settings
    telegram = "token is set" if settings.telegram_token else "no token: the adapter does not start"
    return [slack_tokens(settings), Finding("telegram", True, telegram)]


def slack_tokens(settings: Settings) -> Finding:
    """Whether both secrets are there that the chosen way to Slack needs, or neither."""
    over_http = settings.slack_http_port is not None
    second = settings.slack_signing_secret if over_http else settings.slack_app_token
    if not (settings.slack_bot_token or second):
        return Finding("slack", True, "no tokens: the adapter does not start")
    if settings.slack_bot_token and second:
        said = "bot token and signing secret are set" if over_http else "tokens are set"
        return Finding("slack", True, said)
    needed = (
        "HTTP needs xoxb-… and the signing secret" if over_http else "Socket Mode needs xoxb-… and xapp-…"
    )
    return Finding("slack", False, f"one of two is missing: {needed}")
