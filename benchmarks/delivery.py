"""Delivery under load: acknowledgements, losses, duplicates, lag of final texts, memory.

    python -m benchmarks.delivery [--json] [--seconds 60] [--rate 200]

Adapters, writer, clock, broker (the embedded Valkey) and SQLite are real processes and files; only the
platforms are fakes behind HTTP and WebSocket, and the writer's model is a stand-in that needs a quarter of
a second for any text (`stand_in_writer.py`). Half of the events come from each platform; of forty, two are
requests in Slack and one is one on Telegram (which takes 30 calls a second, and somebody's first answer needs
three: a draft, the word on consent, the text), eight repeat a request under a new event id, twenty-five are
ratings by button or reaction, four concern nobody.

`events_per_second` counts what both platforms were rid of until the load ended. `lost` are requests without
an answer and ratings without a row, `duplicated` second answers and second rows. `final_lag_p99_ms` is from
the row of the finished text to the message in its chat, less what is left of the one second that a platform
wants between two messages to one chat. Then the broker is made slow, half a second each way, for a quarter
of the time, and Telegram posts to a webhook: `ack_p99_ms` is of Slack's envelopes or of Telegram's posts
meanwhile, whichever are slower. `rss_growth_mb` is what adapters and writer together grew from the first
third of the load to its end.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic

import psutil

from benchmarks.delivery_platforms import Platform, Slack, Telegram
from benchmarks.report import Figures, options_for, quiet, report
from benchmarks.slow_link import slow_link
from bots.telegram_webhook import Webhook
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import APP_TOKEN, BOT_TOKEN
from tests.fakes.telegram import FakeTelegram
from worker.broker import embedded_broker, free_port, wait_for_broker
from worker.supervision import Child, Tree

_TICK = 0.05  # Seconds between bursts of events.
_DRAIN = 60.0  # Seconds for what is under way when the load ends.
_SLOW = 0.5  # Seconds that everything to and from a slow broker takes.
_TURN = ("ask", "like", "repeat", "like", "like", "chatter", "like", "repeat", "like", "like")


class Bench:
    """The service in a folder of its own, with the readers of both platforms."""

    def __init__(self, home: Path, telegram: Telegram, slack: Slack) -> None:
        self.home = home
        self.telegram = telegram
        self.slack = slack
        self.platforms: Sequence[Platform] = (telegram, slack)
        self.trees: list[Tree] = []

    @property
    def database(self) -> Path:
        return self.home / "rhapsode.db"

    def environment(self, broker_url: str) -> dict[str, str]:
        ours = {
            "HOME": self.home,
            "BROKER_URL": broker_url,
            "ENGINE": "openai",
            "OPENAI_URL": "http://127.0.0.1:9/v1",
            "OPENAI_MODEL": "stand-in",
            "TELEGRAM_TOKEN": self.telegram.server.token,
            "TELEGRAM_API_URL": self.telegram.server.url,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": f"{self.slack.server.url}/api/",
            "LOG_LEVEL": "error",
        }
        return {f"RHAPSODE_{name}": str(value) for name, value in ours.items()}

    def start(self, environment: dict[str, str], *names: str) -> Tree:
        ours = {"writer": ("benchmarks.stand_in_writer",)}
        commands = {name: (sys.executable, "-m", *ours.get(name, ("worker", name))) for name in names}
        tree = Tree([Child(name, command, environment) for name, command in commands.items()], _say)
        tree.start()
        self.trees.append(tree)
        return tree

    def rows(self, query: str) -> list[tuple[str, ...]]:
        with sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()

    async def stop(self) -> None:
        for tree in reversed(self.trees):
            await tree.stop()
        self.trees.clear()


def _say(line: str) -> None:
    """A process died, or could not be started."""
    print(line, file=sys.stderr)


@asynccontextmanager
async def service(home: Path) -> AsyncIterator[tuple[Bench, str]]:
    """Broker, writer and clock, and the fakes; without the adapters. Yields the broker's address."""
    async with AsyncExitStack() as closing:
        telegram = Telegram(await closing.enter_async_context(FakeTelegram()))
        slack = Slack(await closing.enter_async_context(SlackServer.started()))
        bench = Bench(home, telegram, slack)
        broker, url = embedded_broker(home / "broker", free_port())
        tree = Tree([broker], _say)
        tree.start()
        closing.push_async_callback(tree.stop)
        await asyncio.to_thread(wait_for_broker, url, 15.0)
        closing.push_async_callback(bench.stop)
        bench.start(bench.environment(url), "writer", "clock")
        yield bench, url


@asynccontextmanager
async def adapters(
    bench: Bench, broker_url: str, hook: Webhook | None = None
) -> AsyncIterator[list[psutil.Process]]:
    """Both adapters, connected. Yields every process of ours but the broker."""
    connections = bench.slack.server.socket.connections
    settings = {"URL": hook.url, "PORT": str(hook.port), "SECRET": hook.secret} if hook else {}
    posted = {f"RHAPSODE_TELEGRAM_WEBHOOK_{name}": value for name, value in settings.items()}
    tree = bench.start(bench.environment(broker_url) | posted, "telegram", "slack")
    bench.telegram.server.calls.clear()
    await bench.slack.server.until(lambda: bench.slack.server.socket.connections > connections, "Slack", 60)
    sign = "setWebhook" if hook else "setMyCommands"
    await bench.telegram.server.until(lambda: bench.telegram.server.called(sign), "Telegram", 60)
    pids = [one.pid(name) for one in bench.trees for name in ("writer", "telegram", "slack")]
    try:
        yield [psutil.Process(pid) for pid in pids if pid]
    finally:
        await tree.stop()
        bench.trees.remove(tree)


async def load(platforms: Sequence[Platform], rate: float, seconds: float) -> int:
    """Play so many events a second, the platforms in turn. Returns how many were played."""
    began, played = monotonic(), 0
    while (now := monotonic() - began) < seconds:
        while played < now * rate:
            platform = platforms[played % len(platforms)]
            await getattr(platform, _TURN[played // len(platforms) % len(_TURN)])()
            played += 1
        await asyncio.sleep(_TICK)
    return played


def resident_mb(processes: Sequence[psutil.Process]) -> float:
    return float(sum(process.memory_info().rss for process in processes)) / (1 << 20)


def open_prompts(bench: Bench) -> int:
    return int(bench.rows("SELECT count(*) FROM prompt WHERE closed_at IS NULL")[0][0])


def votes_kept(bench: Bench) -> int:
    return int(bench.rows("SELECT count(*) FROM rating WHERE revoked_at IS NULL")[0][0])


async def drained(bench: Bench) -> None:
    """Return once everything is answered and kept, or after a minute."""
    deadline = monotonic() + _DRAIN
    votes = sum(platform.votes for platform in bench.platforms)
    while monotonic() < deadline:
        waiting = bench.telegram.waiting() + bench.slack.waiting()
        if not waiting and not open_prompts(bench) and votes_kept(bench) >= votes:
            return
        await asyncio.sleep(0.2)
    left = {"open": open_prompts(bench), "votes": votes - votes_kept(bench)}
    unconfirmed = {platform.name: platform.waiting() for platform in (bench.telegram, bench.slack)}
    _say(f"not all was done in {_DRAIN:.0f} s: {left | unconfirmed}")


def counted(bench: Bench) -> Figures:
    seen = [one for platform in bench.platforms for one in platform.seen.values()]
    votes = sum(platform.votes for platform in bench.platforms)
    prompts = int(bench.rows("SELECT count(*) FROM prompt")[0][0])
    kept = votes_kept(bench)
    return {
        "lost": sum(not one.answered_at for one in seen) + max(0, votes - kept),
        "duplicated": sum(max(0, len(one.answered_at) - 1) for one in seen)
        + max(0, prompts - len(seen))
        + max(0, kept - votes),
    }


def final_lags(bench: Bench) -> list[float]:
    """Milliseconds from each finished row to its message, less the platform's own second."""
    rows = bench.rows("SELECT chat, finished_at FROM prompt WHERE finished_at IS NOT NULL")
    finished = {chat: datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() for chat, at in rows}
    lags = []
    for platform in bench.platforms:
        for chat, seen in platform.seen.items():
            if seen.answered_at and chat in finished:
                might = max(finished[chat], seen.shown_at + 1.0)
                lags.append(1000 * max(0.0, min(seen.answered_at.values()) - might))
    return lags


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98] if len(values) > 1 else 0.0


async def delivery(home: Path, rate: float, seconds: float) -> Figures:
    async with service(home) as (bench, url):
        async with adapters(bench, url) as processes:
            await load(bench.platforms, rate, seconds / 3)
            early = resident_mb(processes)
            began = monotonic()
            played = await load(bench.platforms, rate, seconds * 2 / 3)
            rid = played - bench.telegram.waiting() - bench.slack.waiting()
            per_second = rid / (monotonic() - began)
            growth = resident_mb(processes) - early
            await drained(bench)
            lags = final_lags(bench)
        acknowledged = await beside_a_slow_broker(bench, url, rate / 8, seconds / 4)
        return {
            "ack_p99_ms": 1000 * max(map(p99, acknowledged)),
            "events_per_second": per_second,
            **counted(bench),
            "final_lag_p99_ms": p99(lags),
            "rss_growth_mb": growth,
        }


async def beside_a_slow_broker(
    bench: Bench, url: str, rate: float, seconds: float
) -> tuple[Sequence[float], Sequence[float]]:
    """Seconds until Slack and Telegram were acknowledged what they sent."""
    before = len(bench.slack.envelopes)
    hook = Webhook("https://bot.example/telegram", "127.0.0.1", free_port(), "only-for-the-benchmark")
    async with slow_link(url, _SLOW) as slow_url, adapters(bench, slow_url, hook):
        bench.telegram.post_to(hook)
        await load(bench.platforms, rate, seconds)
        await drained(bench)
    slack = [one.acknowledged_in for one in bench.slack.envelopes[before:]]
    return [30.0 if one is None else one for one in slack], bench.telegram.acknowledged


def main() -> None:
    parser = options_for(__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=200.0)
    options = parser.parse_args()
    quiet()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH"))))
    with TemporaryDirectory() as home:
        figures = asyncio.run(delivery(Path(home), options.rate, options.seconds))
    report(figures, as_json=options.json)


if __name__ == "__main__":
    main()
