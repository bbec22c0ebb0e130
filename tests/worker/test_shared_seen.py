"""What was dealt with is known to every process, and while the broker is away to the one that did it."""

from pathlib import Path

import redis

from tests.worker.broker_running import running_broker
from worker.shared_seen import SharedSeen
from worker.shared_themes import SharedThemes


async def test_a_restart_forgets_nothing_and_a_broker_that_is_away_stops_nothing(tmp_path: Path) -> None:
    with running_broker(tmp_path) as broker:
        before, after = SharedSeen("telegram", broker.url), SharedSeen("telegram", broker.url)
        other = SharedSeen("slack", broker.url)
        assert not await before.known("tap:1")
        await before.keep("tap:1")
        assert [await seen.known("tap:1") for seen in (before, after, other)] == [True, True, False]

        broker.stop()
        await before.keep("tap:2")
        assert [await seen.known("tap:2") for seen in (before, after)] == [True, False]
        for seen in (before, after, other):
            await seen.aclose()


async def test_whatever_a_key_holds_it_can_be_kept(tmp_path: Path) -> None:
    keys = ["tap:\ud83d", "tap:1 \r\n", "x" * 100_000]
    with running_broker(tmp_path) as broker:
        before, after = SharedSeen("telegram", broker.url), SharedSeen("telegram", broker.url)
        for key in keys:
            await before.keep(key)
        assert [await after.known(key) for key in keys] == [True] * 3
        for seen in (before, after):
            await seen.aclose()


async def test_a_long_theme_outlives_the_process_that_offered_it(tmp_path: Path) -> None:
    with running_broker(tmp_path) as broker:
        before, after = SharedThemes("telegram", broker.url), SharedThemes("telegram", broker.url)
        await before.keep("key", "雨 and half a \ud83d")
        assert [await themes.find("key") for themes in (before, after)] == ["雨 and half a \ud83d"] * 2
        assert await after.find("another") is None
        with redis.Redis.from_url(broker.url) as notes:
            [note] = notes.keys("rhapsode:theme:*")
            assert 0 < notes.ttl(note) <= 3600
        for themes in (before, after):
            await themes.aclose()
