"""What every chat platform is translated to and from, and the two Protocols that adapters depend on."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

RatingSource = Literal["button", "reaction", "command"]
Length = Literal["short", "usual", "long"]
MOST_VARIANTS = 5
LONGEST_VERSION = 4096  # Characters of a reader's own: what fits into a message, and is learned from whole.
REASONS = ("off_topic", "form", "dull", "language", "tone", "other")  # Why a piece may be disliked.


@dataclass(frozen=True, slots=True)
class Place:
    """Where a prompt was asked and where its answer belongs."""

    platform: str  # "slack", "telegram", "studio" or "terminal".
    workspace: str  # Slack team id, Telegram bot id; empty where a platform has none.
    chat: str
    thread: str = ""  # Slack thread_ts, Telegram message_thread_id; empty outside threads.


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks or reacts, by the platform's own user id (SQL keeps only an HMAC of it)."""

    platform: str
    workspace: str
    user: str
    locale: str = "en"
    home: str = field(default="", compare=False)  # Their own workspace, where that is another one.


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that the bot sent."""

    platform: str
    chat: str
    message: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request for a piece of writing."""

    key: str  # The platform's own identity of the message: the same key is the same prompt.
    place: Place
    reader: Reader
    text: str  # As typed, without the command or the mention.
    form: str | None = None  # Named by a command or a chip; read from the text if None.
    again_of: int | None = None  # Completion id: ask for its prompt once more.
    # The piece that came before the text: its completion id, a message that shows it, or the place whose
    # newest piece it is (the reader's own; inside a thread anybody's, if the reader has none there, but
    # "again" is never said of another's).
    follow_up_of: int | MessageRef | Place | None = None
    # True if the text was sent as an answer to that piece: then anything but a new request is about it.
    # False if it merely came next: then it must sound like an instruction to be about it.
    answers: bool = True
    variants: int = 1  # Texts to choose from; more than MOST_VARIANTS are as many.
    reply_to: str = ""  # The message that the answer quotes, where the platform can quote.
    language: Literal["en", "zh"] | None = None  # To write in; read from the text if None.
    tone: str = ""  # As the reader puts it: "wistful".
    length: Length = "usual"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The prompt is a row: it will be written, now or when the broker is back."""

    prompt_id: int
    new: bool  # False when this key had been accepted before: place nothing, it has its answer.
    queued: bool = True  # False while the broker is away.
    place: int = 0  # In line: 0 is taken at once, 1 as soon as one of those before it is finished.


@dataclass(frozen=True, slots=True)
class Vote:
    """One reader's verdict on a completion, named by its id or by a message that shows it."""

    reader: Reader
    value: float | None  # -1 … 1; None clears.
    source: RatingSource
    target: int | MessageRef
    toggle: bool = False  # A second vote of the same value clears it, as a second tap on a button does.
    reason: str | None = None
    comment: str | None = None  # In the reader's own words.
    key: str = ""  # The platform's own identity of a tap: delivered again, it is the same vote.


@dataclass(frozen=True, slots=True)
class Rated:
    completion_id: int
    value: float | None  # What stands after the vote; None when it was cleared.


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole text so far: a lost one does not matter."""

    prompt_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished completion."""

    prompt_id: int
    completion_id: int
    text: str
    form: str
    model_version: str
    seed: int
    tokens: int
    ttft_ms: float
    total_ms: float
    mark: str = ""  # What the checks of its form show: "5-7-5 ✓".
    number: int = 1  # Of a variant: the place in which it is shown.
    of: int = 1  # How many variants there are.


@dataclass(frozen=True, slots=True)
class Variants:
    """Several finished completions of one prompt, in the order to show them."""

    prompt_id: int
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The prompt will have no text. `reason` is a key of the texts, never an exception."""

    prompt_id: int
    reason: str  # "writing-failed", "blocked-text" or "cancelled".


Event = Snapshot | Reply | Variants | Failed


@dataclass(frozen=True, slots=True)
class Pending:
    """An accepted prompt whose answer is not (wholly) shown yet."""

    prompt_id: int
    place: Place
    locale: str
    reply_to: str = ""  # The reader's own message id, where the platform can quote it.
    sent: tuple[str, ...] = ()  # Message ids by part; the first is the placeholder.
    theme: str = ""  # What was asked for; of a follow-up, of the piece that it follows.
    instruction: str = ""  # Of a follow-up.
    kind: str = "new"  # "new", "again", "continue" or "revise".


@dataclass(frozen=True, slots=True)
class Sent:
    """A message was sent or edited: for a prompt (placeholder) or for a part of a completion."""

    prompt_id: int
    ref: MessageRef
    part: int = 0  # Counted through all variants.
    completion_id: int | None = None  # None while the message is only a placeholder.
    last: bool = False  # True with the part that ends it all: the prompt is delivered.


class Refused(Exception):
    """Raised when a request cannot be taken. `reason` is a key of the texts with `facts` to fill in."""

    def __init__(self, reason: str, **facts: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class UnknownCompletion(Exception):
    """Raised when a vote names a message or a completion that was never sent by us."""


class KeptForLater(UnknownCompletion):
    """Raised when a vote concerns a text that is still being written: once it is, the vote counts."""


class Inbox(Protocol):
    """What adapters hand over. Blocking: call it through `asyncio.to_thread`."""

    def ask(self, incoming: Incoming) -> Accepted:
        """Keep the prompt, then queue it. Raises Refused."""

    def rate(self, vote: Vote) -> Rated:
        """Keep the vote. Raises UnknownCompletion, of which KeptForLater asks for nothing more."""

    def prefer(self, reader: Reader, winner: int | MessageRef, key: str = "") -> None:
        """Keep that a reader chose a variant over the others that were shown, each key once.

        Raises UnknownCompletion.
        """

    def rewrite(self, reader: Reader, piece: int | MessageRef, text: str, key: str = "") -> None:
        """Keep a reader's own version of a completion, each key once. Raises UnknownCompletion, Refused."""

    def cancel(self, reader: Reader, prompt_id: int) -> bool:
        """Stop writing the reader's own prompt. False when there is nothing to stop."""

    def sent(self, sent: Sent) -> None:
        """Keep which message shows which prompt or completion. Safe to repeat."""

    def moved(self, place: Place, chat: str) -> None:
        """The place's chat is named otherwise from now on. Safe to repeat."""

    def undeliverable(self, prompt_id: int, reason: str) -> None:
        """The place is closed (bot blocked, chat deleted): stop trying to deliver."""


class ReplyFeed(Protocol):
    """What adapters hear."""

    def follow(self, prompt_id: int) -> AsyncIterator[Event]:
        """Snapshots as they come, then exactly one Reply, Variants or Failed. At once if already finished."""

    def pending(self, platform: str) -> Sequence[Pending]:
        """Prompts of a platform with no (whole) answer shown yet, oldest first. Blocking."""

    def take_over(
        self, platform: str, courier: str, seconds: float, begun: float, workspace: str = ""
    ) -> Sequence[Pending]:
        """Those of them that no courier keeps are from now on this one's, for so long; but what was never
        kept must have been asked `begun` seconds ago. Of one workspace, if one is given. Blocking."""

    def keep(self, prompt_ids: Collection[int], courier: str, seconds: float) -> Collection[int]:
        """Keep these for this courier, for so long. Returns those that another one has. Blocking."""

    def let_go(self, courier: str) -> None:
        """The courier stops: another one may take over at once. Blocking."""
