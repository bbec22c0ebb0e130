"""The ReplyFeed over Redis and SQL: live texts from pub/sub, the end from the rows."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from time import monotonic

import redis.asyncio as aioredis
import structlog
from redis import RedisError
from redis.asyncio.client import PubSub

from bots.delivery_threads import in_delivery_thread
from bots.messages import Event, Failed, Pending, Place, Reply, Snapshot, Variants
from bots.texts import is_sentence
from feedback.records import Answer, PromptState, UndeliveredPrompt, UnknownRow
from feedback.store import Store
from worker.signals import prompt_channel

log = structlog.get_logger(__name__)

_LOOK = 2.0  # Seconds between looks at the row: what a lost signal costs at most.


class LiveReplyFeed:
    def __init__(self, store: Store, broker_url: str) -> None:
        self._store = store
        self._broker_url = broker_url

    async def follow(self, prompt_id: int) -> AsyncIterator[Event]:
        client = aioredis.Redis.from_url(self._broker_url, socket_connect_timeout=2)
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                async for event in self._events(pubsub, prompt_id):
                    yield event
        finally:
            await client.aclose()

    def pending(self, platform: str) -> Sequence[Pending]:
        return [_pending_of(row) for row in self._store.messages.undelivered(platform)]

    def take_over(
        self, platform: str, courier: str, seconds: float, begun: float, workspace: str = ""
    ) -> Sequence[Pending]:
        taken = self._store.deliveries.take_over(platform, courier, seconds, begun, workspace)
        return [_pending_of(row) for row in taken]

    def keep(self, prompt_ids: Collection[int], courier: str, seconds: float) -> Collection[int]:
        return self._store.deliveries.keep(prompt_ids, courier, seconds)

    def let_go(self, courier: str) -> None:
        self._store.deliveries.let_go(courier)

    async def _events(self, pubsub: PubSub, prompt_id: int) -> AsyncIterator[Event]:
        subscribed = await self._subscribe(pubsub, prompt_id)
        look_at = 0.0  # At once: it may be finished already.
        while True:
            if monotonic() >= look_at:
                if end := await in_delivery_thread(self._end, prompt_id):
                    yield end
                    return
                look_at = monotonic() + _LOOK
            subscribed = subscribed or await self._subscribe(pubsub, prompt_id)
            try:
                wait = max(0.0, look_at - monotonic())
                message = await pubsub.get_message(timeout=wait) if subscribed else None
                if not subscribed:
                    await asyncio.sleep(wait)
            except RedisError:
                subscribed, message = False, None
            if message is not None:
                told = json.loads(message["data"])
                if "text" in told:
                    yield Snapshot(prompt_id, told["text"])
                else:
                    look_at = 0.0

    def _end(self, prompt_id: int) -> Reply | Variants | Failed | None:
        try:
            return _end_of(self._store.prompts.state(prompt_id))
        except UnknownRow:  # Its reader was erased in the meantime.
            return Failed(prompt_id, "cancelled")

    async def _subscribe(self, pubsub: PubSub, prompt_id: int) -> bool:
        try:
            await pubsub.subscribe(prompt_channel(prompt_id))
        except RedisError as error:
            log.debug("no live text, the broker is away", prompt_id=prompt_id, error=str(error))
            return False
        return True


def _pending_of(row: UndeliveredPrompt) -> Pending:
    return Pending(
        prompt_id=row.prompt_id,
        place=Place(row.platform, row.workspace, row.chat, row.thread),
        locale=row.locale,
        reply_to=row.reply_to,
        sent=row.messages,
        theme=row.theme,
        instruction=row.instruction,
        kind=row.kind,
    )


def _end_of(state: PromptState) -> Reply | Variants | Failed | None:
    if state.answers:
        of = len(state.answers)
        replies = tuple(reply_of(answer, number, of) for number, answer in enumerate(state.answers, 1))
        return replies[0] if of == 1 else Variants(state.prompt_id, replies)
    if state.status == "failed":
        failure = state.failure or ""
        return Failed(state.prompt_id, failure if is_sentence(failure) else "writing-failed")
    if state.status == "cancelled":
        return Failed(state.prompt_id, "cancelled")
    return None


def reply_of(answer: Answer, number: int = 1, of: int = 1) -> Reply:
    return Reply(
        prompt_id=answer.prompt_id,
        completion_id=answer.completion_id,
        text=answer.text,
        form=answer.form,
        model_version=answer.model_version,
        seed=answer.seed,
        tokens=answer.tokens,
        ttft_ms=answer.ttft_ms,
        total_ms=answer.total_ms,
        mark=answer.mark,
        number=number,
        of=of,
    )
