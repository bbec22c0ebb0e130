"""Threads of their own for what brings answers to readers: behind a crowd of votes they would come late."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="delivery")


async def in_delivery_thread(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """As `asyncio.to_thread`, whose threads are shared by all that readers do."""
    step = partial(copy_context().run, call, *arguments, **named)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, step)
