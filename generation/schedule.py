"""Who joins the running batch, and how much of the waiting prompts is read in one step. Pure.

One step advances every text by one forward pass: those that are being written by one token, and those that
have just joined by a piece of their prompt. First come, first served, whichever version writes it, so nobody
starves; a long prompt is read in pieces, so that it does not hold up the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

UNHURRIED = 512  # Prompt tokens of a step that nobody waits for.
_FREE_TOKENS = 16  # Until the pace is known.
_SMOOTHING = 0.05  # Weight of the newest step.
_FORGETTING = 0.95  # Of the widest step, at each step.
_ADDED = 0.45  # Of a step's time, by reading: attention to a long prompt comes on top of what the line says.


@dataclass(frozen=True, slots=True)
class Room:
    """What is free: places for texts, and bytes of cache."""

    texts: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits for one version, in the order in which they came."""

    waiting: Iterable[tuple[int, int]]  # Each one's number among all, and the bytes that it can come to need.
    opening: int = 0  # Bytes that the version itself needs with the first of its texts.


def admissible(queues: Sequence[Queue], room: Room) -> list[int]:
    """How many may join of each queue. Who came first joins first, and is not overtaken for want of room."""
    joined = [0] * len(queues)
    for _, index, need in merge(*(_marked(index, queue) for index, queue in enumerate(queues))):
        opening = 0 if joined[index] else queues[index].opening
        room = Room(room.texts - 1, room.bytes - opening - need)
        if room.texts < 0 or room.bytes < 0:
            break
        joined[index] += 1
    return joined


def _marked(index: int, queue: Queue) -> Iterator[tuple[int, int, int]]:
    return ((number, index, need) for number, need in queue.waiting)


@dataclass(frozen=True, slots=True)
class Prompt:
    """How many of a prompt's tokens are read, and how many are not."""

    read: int
    unread: int


def pieces(prompts: Sequence[Prompt], tokens: int, block: int) -> list[int]:
    """How many of its unread tokens each prompt reads now. The first in line always reads something.

    Attention costs a whole block for each that a piece touches, so that a piece ends where a block does.
    """
    shares = []
    for position, prompt in enumerate(prompts):
        share = min(prompt.unread, max(tokens, 0 if position else 1))
        over = (prompt.read + share) % block
        if over < share < prompt.unread:
            share -= over
        shares.append(share)
        tokens = max(0, tokens - share)
    return shares


@dataclass(frozen=True, slots=True)
class Pace:
    """What a step costs, learned as we go: so many seconds, and so many more for each of its tokens.

    Running means of tokens, seconds and their products: a straight line through the newest steps.
    """

    tokens: float = 0.0
    seconds: float = 0.0
    products: float = 0.0
    squares: float = 0.0
    widest: float = 0.0  # Tokens of the widest step of late.

    def after(self, tokens: int, seconds: float) -> "Pace":
        """The pace once a step of so many tokens was seen."""
        widest = max(tokens, _FORGETTING * self.widest)
        if not self.tokens:
            return Pace(tokens, seconds, tokens * seconds, tokens * tokens, widest)
        return Pace(
            _mean(self.tokens, tokens),
            _mean(self.seconds, seconds),
            _mean(self.products, tokens * seconds),
            _mean(self.squares, tokens * tokens),
            widest,
        )

    def tokens_to_read(self, written: int, elsewhere: int = 0) -> int:
        """So many that a step takes at most about twice as long, if anyone is waiting for their next word.

        `elsewhere`: texts of other versions, which wait for this step as well.

        A step that writes w tokens takes base + each * w; so much again has room for w + base / each more.
        After steps that were all alike the line is a guess, so nothing twice as wide as the widest is tried.
        """
        if not written + elsewhere:
            return UNHURRIED
        tried = max(_FREE_TOKENS, int(2 * self.widest))
        return min(UNHURRIED, int(_ADDED * (written + min(tried, self._free_tokens()))))

    def _free_tokens(self) -> int:
        """How many tokens cost as much as a step does in any case."""
        variance = self.squares - self.tokens**2
        each = (self.products - self.tokens * self.seconds) / variance if variance > 1 else 0.0
        base = self.seconds - each * self.tokens
        return int(base / each) if each > 0 and base > 0 else _FREE_TOKENS


UNKNOWN = Pace()


def _mean(old: float, new: float) -> float:
    return old + _SMOOTHING * (new - old)
