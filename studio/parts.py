"""What the pages stand on, handed in by the worker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.messages import Inbox, ReplyFeed
from feedback.store import Store
from studio.machine import Machines
from studio.steering import Steering

PLATFORM = "studio"

Health = Callable[[], Mapping[str, bool]]


@dataclass(frozen=True, slots=True)
class Parts:
    inbox: Inbox
    feed: ReplyFeed
    store: Store
    forms: Mapping[str, str]  # Name → layout, in the order of the chips.
    health: Health  # What must answer besides the database, for example {"broker": True}. Blocking.
    steering: Steering
    machines: Machines
