"""Readers who ask at once: what they want, when they come, and what they see."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep

from generation.engine import Engine, WritingRequest, Written
from generation.forms import FORMS
from generation.prompts import ChatMessage, messages_for
from generation.sampling import GREEDY

_THEMES = (
    "rain",
    "an old bridge",
    "bread",
    "the first snow",
    "a lighthouse",
    "two cats",
    "a kettle",
    "the tide",
)
_FORMS = ("poem", "quatrain", "story")
_ARRIVALS = 4.0  # Readers per second.


@dataclass(frozen=True, slots=True)
class Wish:
    """One text of so many new tokens, asked for so many seconds after the start."""

    messages: list[ChatMessage]
    tokens: int
    arrives: float = 0.0

    @property
    def request(self) -> WritingRequest:
        return WritingRequest(self.messages, 0, self.tokens, GREEDY)


@dataclass(slots=True)
class Seen:
    """What a reader saw: when they asked, and when each new token was there, in seconds."""

    asked: float
    grew: list[float] = field(default_factory=list)
    written: Written | None = None

    @property
    def first(self) -> float:
        return self.grew[0] - self.asked

    @property
    def gaps(self) -> list[float]:
        return [late - early for early, late in zip(self.grew, self.grew[1:], strict=False)]


def wishes_of(readers: int, pieces: int = 1) -> list[Wish]:
    """Mixed lengths of 24 to 160 new tokens and Poisson arrivals, the same in every run."""
    draw = random.Random(7)  # noqa: S311 - a workload, not a secret.
    wishes, arrives = [], 0.0
    for i in range(readers * pieces):
        messages = messages_for(FORMS[_FORMS[i % len(_FORMS)]], _THEMES[i % len(_THEMES)])
        wishes.append(Wish(messages, draw.randint(24, 160), arrives))
        arrives += draw.expovariate(_ARRIVALS) if i < readers else 0.0
    return wishes


def long_wish(words: int) -> Wish:
    """A prompt of about so many tokens."""
    text = " ".join(_THEMES[i % len(_THEMES)] for i in range(words // 2))
    return Wish([{"role": "user", "content": f"Write a poem about {text}"}], 8)


def watch(engine: Engine, wish: Wish, every: float = 0.0) -> Seen:
    """Ask and look on, every so many seconds (0: at each token), until the text is whole."""
    seen = Seen(monotonic())
    ticket = engine.submit(wish.request)
    for _ in ticket.snapshots(every):
        seen.grew.append(monotonic())
    seen.written = ticket.result()
    seen.grew.append(monotonic())
    return seen


def ask_all(engine: Engine, wishes: Sequence[Wish], readers: int, every: float = 0.2) -> list[Seen]:
    """So many readers come one after the other; each asks for the next piece when they have theirs.

    They look as often as the service shows live texts, unless told otherwise.
    """
    queue, seen, lock = list(enumerate(wishes)), dict[int, Seen](), threading.Lock()
    started = monotonic()

    def reader() -> None:
        while True:
            with lock:
                if not queue:
                    return
                number, wish = queue.pop(0)
            sleep(max(0.0, started + wish.arrives - monotonic()))
            seen[number] = watch(engine, wish, every)

    threads = [threading.Thread(target=reader) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [seen[number] for number in range(len(wishes))]
