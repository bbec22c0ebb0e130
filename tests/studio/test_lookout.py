"""However many ask, one looks."""

import asyncio
from threading import Event

import pytest

from studio import lookout
from studio.lookout import Lookout


class Looks:
    """A look that takes until it is let go, and counts."""

    def __init__(self) -> None:
        self.count = 0
        self.goes_on = Event()

    def look(self) -> int:
        assert self.goes_on.wait(10)
        self.count += 1
        if self.count == 3:
            raise LookupError
        return self.count


async def test_all_who_ask_together_share_one_look_and_who_leaves_does_not_stop_it() -> None:
    looks = Looks()
    watch = Lookout(looks.look)
    crowd = [asyncio.create_task(watch.seen()) for _ in range(100)]
    await asyncio.sleep(0)
    crowd[0].cancel()
    looks.goes_on.set()

    seen = await asyncio.gather(*crowd, return_exceptions=True)

    assert isinstance(seen[0], asyncio.CancelledError)
    assert seen[1:] == [1] * 99
    assert await watch.seen() == 1  # Not older than a second.


async def test_what_is_old_is_looked_at_again_and_an_error_is_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookout, "GOOD_FOR", -1.0)
    looks = Looks()
    looks.goes_on.set()
    watch = Lookout(looks.look)

    assert [await watch.seen(), await watch.seen()] == [1, 2]
    with pytest.raises(LookupError):
        await watch.seen()
    assert await watch.seen() == 4
