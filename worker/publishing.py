"""Give prompts to the writers behind whoever asks: their rows are kept, and a slow broker holds nobody up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import structlog

log = structlog.get_logger(__name__)

WORTH_WAITING = 0.3  # Seconds for the broker's word: a platform waits for its acknowledgement meanwhile.
_AT_ONCE = 8  # Prompts. What a slow broker does not get through, the sweeper queues.


class Publishing:
    """`publish` queues a prompt and says if the broker took it."""

    def __init__(self, publish: Callable[[int], bool], worth_waiting: float = WORTH_WAITING) -> None:
        self._publish = publish
        self._worth_waiting = worth_waiting
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish")

    def __call__(self, prompt_id: int) -> bool:
        """True if the broker has the prompt; False if it is away, or has not answered yet."""
        job = self._threads.submit(copy_context().run, self._published, prompt_id)
        try:
            return job.result(self._worth_waiting)
        except TimeoutError:
            log.info("the broker is slow", prompt_id=prompt_id)
            return False

    def _published(self, prompt_id: int) -> bool:
        try:
            return self._publish(prompt_id)
        except Exception as error:  # Nobody may be waiting any more, and the prompt is kept.
            log.exception("a prompt was not queued", prompt_id=prompt_id, error=type(error).__name__)
            return False
