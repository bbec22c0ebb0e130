"""An Inbox and a ReplyFeed in memory, which a test plays the writer for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bots.messages import (
    Accepted,
    Event,
    Failed,
    Incoming,
    KeptForLater,
    MessageRef,
    Pending,
    Place,
    Rated,
    Reader,
    Refused,
    Reply,
    Sent,
    Snapshot,
    UnknownCompletion,
    Variants,
    Vote,
)
from tests.deadline import DEADLINE


@dataclass
class Prompt:
    """One accepted prompt, as a row would hold it."""

    id: int
    incoming: Incoming
    end: Reply | Variants | Failed | None = None
    sent: list[Sent] = field(default_factory=list)
    closed: str | None = None  # "delivered", or why nothing more can be shown.
    courier: str = ""  # Who keeps it; here nobody's claim lapses.

    @property
    def messages(self) -> tuple[str, ...]:
        """Message ids by part."""
        by_part = {sent.part: sent.ref.message for sent in self.sent}
        return tuple(by_part[part] for part in sorted(by_part))


class MemoryInbox:
    """Takes what adapters hand over and feeds them what the test writes. Thread-safe.

    Set `refusal`, `broken` or `broker_away` to make `ask` (and, for `broken`, `rate`) behave so.
    """

    def __init__(self) -> None:
        self.prompts: dict[int, Prompt] = {}
        self.rows_before = 0  # Prompts that were kept before this inbox was there.
        self.ratings: dict[tuple[int, str, str], float] = {}  # (completion, user, source) → value
        self.votes: list[Vote] = []
        self.early: list[Vote] = []  # On texts that are still being written.
        self.preferences: list[tuple[Reader, int]] = []
        self.rewrites: list[tuple[Reader, int, str]] = []
        self._known: set[str] = set()  # Keys of choices and rewrites.
        self.tries = 0  # Calls of `rate`, kept or not.
        self.duplicates = 0  # Requests whose key had been accepted before.
        self.refusal: Refused | None = None
        self.broken: Exception | None = None
        self.broker_away = False
        self.place = 0  # In line, of whoever asks.
        self.moves: dict[str, str] = {}  # Chats that have another id, by the old one.
        self.looks = 0  # For what was left behind.
        self._changed = threading.Condition(threading.RLock())
        self._followers: dict[int, list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[Event]]]] = {}

    # Inbox

    def ask(self, incoming: Incoming) -> Accepted:
        with self._changed:
            if self.broken:
                raise self.broken
            for prompt in self.prompts.values():
                if prompt.incoming.key == incoming.key:
                    self.duplicates += 1
                    self._changed.notify_all()
                    return Accepted(prompt.id, new=False, queued=not self.broker_away)
            if self.refusal:
                raise self.refusal
            if incoming.again_of is not None and self._reply(incoming.again_of) is None:
                raise Refused("unknown-completion")
            if incoming.again_of is None and not incoming.text.strip():
                raise Refused("empty-prompt")
            prompt = Prompt(self.rows_before + len(self.prompts) + 1, incoming)
            self.prompts[prompt.id] = prompt
            self._changed.notify_all()
            return Accepted(prompt.id, new=True, queued=not self.broker_away, place=self.place)

    def rate(self, vote: Vote) -> Rated:
        with self._changed:
            self.tries += 1
            self._changed.notify_all()
            if self.broken:
                raise self.broken
            if self._is_early(vote):
                self.early.append(vote)
                raise KeptForLater(vote.target)
            completion = self._completion(vote.target)
            key = (completion, vote.reader.user, vote.source)
            if vote.key and vote.key in (kept.key for kept in self.votes):
                return Rated(completion, self.ratings.get(key))
            value = None if vote.toggle and self.ratings.get(key) == vote.value else vote.value
            if value is None:
                self.ratings.pop(key, None)
            else:
                self.ratings[key] = value
            self.votes.append(vote)
            self._changed.notify_all()
            return Rated(completion, value)

    def prefer(self, reader: Reader, winner: int | MessageRef, key: str = "") -> None:
        with self._changed:
            if self.broken:
                raise self.broken
            completion = self._completion(winner)
            if self._is_new(key):
                self.preferences.append((reader, completion))
                self._changed.notify_all()

    def rewrite(self, reader: Reader, piece: int | MessageRef, text: str, key: str = "") -> None:
        with self._changed:
            completion = self._completion(piece)
            if self._is_new(key):
                self.rewrites.append((reader, completion, text))
                self._changed.notify_all()

    def cancel(self, reader: Reader, prompt_id: int) -> bool:
        with self._changed:
            prompt = self.prompts.get(prompt_id)
            if prompt is None or prompt.end or prompt.incoming.reader.user != reader.user:
                return False
        self.fail(prompt_id, "cancelled")
        return True

    def sent(self, sent: Sent) -> None:
        with self._changed:
            prompt = self.prompts[sent.prompt_id]
            prompt.sent.append(sent)
            if sent.last:
                prompt.closed = "delivered"
            self._changed.notify_all()

    def moved(self, place: Place, chat: str) -> None:
        with self._changed:
            self.moves[place.chat] = chat
            self._changed.notify_all()

    def undeliverable(self, prompt_id: int, reason: str) -> None:
        with self._changed:
            self.prompts[prompt_id].closed = reason
            self._changed.notify_all()

    # ReplyFeed

    async def follow(self, prompt_id: int) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        with self._changed:
            end = self.prompts[prompt_id].end
            self._followers.setdefault(prompt_id, []).append((asyncio.get_running_loop(), queue))
            self._changed.notify_all()
        while end is None:
            event = await queue.get()
            if isinstance(event, Snapshot):
                yield event
            else:
                end = event
        yield end

    def pending(self, platform: str) -> Sequence[Pending]:
        with self._changed:
            return [
                Pending(
                    prompt.id,
                    prompt.incoming.place,
                    prompt.incoming.reader.locale,
                    prompt.incoming.reply_to,
                    prompt.messages,
                    theme=prompt.incoming.text,
                )
                for prompt in self.prompts.values()
                if prompt.closed is None and prompt.incoming.place.platform == platform
            ]

    def take_over(
        self,
        platform: str,
        courier: str,
        seconds: float,  # noqa: ARG002 - see `courier` above.
        begun: float,  # noqa: ARG002
        workspace: str = "",
    ) -> Sequence[Pending]:
        with self._changed:
            self.looks += 1
            here = [one for one in self.pending(platform) if workspace in ("", one.place.workspace)]
            taken = [one for one in here if not self.keep([one.prompt_id], courier, 0)]
            self._changed.notify_all()
            return taken

    def keep(self, prompt_ids: Collection[int], courier: str, seconds: float) -> set[int]:  # noqa: ARG002
        with self._changed:
            kept = [self.prompts[prompt_id] for prompt_id in prompt_ids]
            for prompt in kept:
                prompt.courier = prompt.courier or courier
            return {prompt.id for prompt in kept if prompt.courier != courier}

    def let_go(self, courier: str) -> None:
        with self._changed:
            for prompt in self.prompts.values():
                prompt.courier = "" if prompt.courier == courier else prompt.courier

    # The test's side

    async def until(self, condition: Callable[[], bool], what: str = "a condition") -> None:
        """Wait until something that happens to this inbox makes `condition` true."""

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(condition, DEADLINE)

        if not await asyncio.to_thread(wait):
            raise AssertionError(f"waited {DEADLINE} s for {what}")

    def happened(self) -> None:
        """Something that is kept beside this inbox has changed."""
        with self._changed:
            self._changed.notify_all()

    async def asked(self, count: int = 1) -> list[Prompt]:
        """The prompts, once there are `count`."""
        await self.until(lambda: len(self.prompts) >= count, f"{count} prompts")
        return list(self.prompts.values())

    async def followed(self, prompt_id: int) -> None:
        """Returns once an adapter listens, so that no snapshot of the test is lost."""
        await self.until(lambda: bool(self._followers.get(prompt_id)), f"a follower of {prompt_id}")

    async def delivered(self, prompt_id: int) -> Prompt:
        """The prompt, once its answer is wholly shown (or given up: see `closed`)."""
        await self.until(lambda: self.prompts[prompt_id].closed is not None, f"prompt {prompt_id} shown")
        return self.prompts[prompt_id]

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Whoever asks meanwhile has to wait."""
        with self._changed:
            yield

    def write(self, prompt_id: int, text: str) -> None:
        """Publish the text so far."""
        self._publish(prompt_id, Snapshot(prompt_id, text))

    def finish(self, prompt_id: int, text: str, mark: str = "") -> Reply:
        """Publish the whole text. The completion's id is the prompt's id plus 1000."""
        form = self.prompts[prompt_id].incoming.form or "poem"
        reply = Reply(prompt_id, prompt_id + 1000, text, form, "base", 7, len(text.split()), 5.0, 50.0, mark)
        self._publish(prompt_id, reply)
        return reply

    def finish_variants(self, prompt_id: int, *texts: str) -> Variants:
        """Publish whole variants. Their completions' ids are 10 times the prompt's plus 1001, 1002, …"""
        form = self.prompts[prompt_id].incoming.form or "poem"
        replies = tuple(
            Reply(
                prompt_id, 1000 + 10 * prompt_id + n, text, form, "base", n, 5, 5.0, 50.0, "", n, len(texts)
            )
            for n, text in enumerate(texts, 1)
        )
        variants = Variants(prompt_id, replies)
        self._publish(prompt_id, variants)
        return variants

    def fail(self, prompt_id: int, reason: str = "writing-failed") -> None:
        self._publish(prompt_id, Failed(prompt_id, reason))

    def rating(self, completion_id: int, user: str, source: str = "button") -> float | None:
        """What stands now."""
        with self._changed:
            return self.ratings.get((completion_id, user, source))

    def _publish(self, prompt_id: int, event: Event) -> None:
        with self._changed:
            if not isinstance(event, Snapshot):
                self.prompts[prompt_id].end = event
                if not isinstance(event, Failed):
                    self._count_early_votes(prompt_id)
            for loop, queue in self._followers.get(prompt_id, []):
                if not loop.is_closed():
                    loop.call_soon_threadsafe(queue.put_nowait, event)
            self._changed.notify_all()

    def _reply(self, completion_id: int) -> Reply | None:
        ends = [prompt.end for prompt in self.prompts.values()]
        replies = [end for end in ends if isinstance(end, Reply)]
        replies += [reply for end in ends if isinstance(end, Variants) for reply in end.replies]
        return next((reply for reply in replies if reply.completion_id == completion_id), None)

    def _is_early(self, vote: Vote) -> bool:
        held = [prompt for prompt in self.prompts.values() if prompt.end is None and not vote.toggle]
        return any(sent.ref == vote.target for prompt in held for sent in prompt.sent)

    def _count_early_votes(self, prompt_id: int) -> None:
        held, waiting = {sent.ref for sent in self.prompts[prompt_id].sent}, self.early
        self.early = [vote for vote in waiting if vote.target not in held]
        for vote in waiting:
            if vote.target in held:
                self.rate(vote)

    def _is_new(self, key: str) -> bool:
        """False for what came before; "" is no key."""
        known = bool(key) and key in self._known
        self._known.add(key)
        return not known

    def _completion(self, target: int | MessageRef) -> int:
        if isinstance(target, int):
            if self._reply(target) is None:
                raise UnknownCompletion(target)
            return target
        for prompt in self.prompts.values():
            for sent in reversed(prompt.sent):
                if sent.ref == target and (shown := sent.completion_id or _first(prompt.end)):
                    return shown
        raise UnknownCompletion(target)


def _first(end: Reply | Variants | Failed | None) -> int | None:
    """What a placeholder shows: the prompt's first completion, once there is one."""
    match end:
        case Reply(completion_id=shown) | Variants(replies=(Reply(completion_id=shown), *_)):
            return shown
    return None
