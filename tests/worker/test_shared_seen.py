"""What was dealt with is known to every process, and while the broker is away to the one that did it."""

from pathlib import Path

from tests.worker.broker_running import running_broker
from worker.shared_seen import SharedSeen


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
