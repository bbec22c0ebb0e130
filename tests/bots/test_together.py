"""Works that are of use only together end together."""

import asyncio

import pytest

from bots.together import until_one_ends


async def test_what_dies_is_seen_and_ends_the_others() -> None:
    ended = asyncio.Event()

    async def listen() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def refresh() -> None:
        raise KeyError("a draft")

    with pytest.raises(KeyError, match="a draft"):
        await until_one_ends(listen(), refresh())

    assert ended.is_set()


async def test_who_listened_to_the_end_ends_the_others_in_peace() -> None:
    await until_one_ends(asyncio.sleep(0), asyncio.sleep(3600))
