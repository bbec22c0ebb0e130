"""Call Telegram within its budget, and say what its refusals mean."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import structlog
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bots.budget import Budget, Call, within
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed

log = structlog.get_logger(__name__)

# The library warns on every RetryAfter until this is set: then it gives a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")

_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
# What no other message would be spared, whatever stands in it.
_CLOSED = (
    "chat not found",
    "not enough rights",
    "have no rights",
    "thread not found",
    "topic_closed",
    "topic_deleted",
    "forbidden",
    "restricted",
    "deactivated",
    "kicked",
    "peer_id_invalid",
)


def translated(error: TelegramError) -> Exception:
    """What an error means for a delivery."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
        return DeliveryFailed(str(error), retry_after=seconds)
    if isinstance(error, Forbidden):
        return PlaceClosed(str(error))
    if isinstance(error, BadRequest):  # Before NetworkError, of which the library derives it.
        gone = any(sign in str(error).lower() for sign in _GONE)
        return MessageGone(str(error)) if gone else PlaceClosed(str(error))
    return DeliveryFailed(f"{type(error).__name__}: {error}")


def concerns_the_message(refused: PlaceClosed) -> bool:
    """Whether Telegram may take another message in that place: it objected to what stood in this one."""
    known = any(sign in str(refused).lower() for sign in _CLOSED)
    return isinstance(refused.__cause__, BadRequest) and not known


class Moves:
    """Groups that became supergroups, which have other ids."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}

    def note(self, old: str, new: str) -> None:
        self._new[old] = new

    def current(self, chat: str) -> str:
        return self._new.get(chat, chat)


@asynccontextmanager
async def calling(budget: Budget, call: Call, moved: Callable[[str, str], None]) -> AsyncIterator[None]:
    """Call Telegram inside the budget. Raises what its refusal means for the delivery.

    `moved` hears the old and the new id of a group that has become a supergroup.
    """
    async with within(budget, call):
        try:
            yield
        except ChatMigrated as error:  # The next try knows where to.
            moved(call.chat, str(error.new_chat_id))
            raise DeliveryFailed("the group has become a supergroup") from error
        except TelegramError as error:
            if "message is not modified" not in str(error).lower():
                raise translated(error) from error


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Answer a query, which concerns no chat. Raises DeliveryFailed while another try may succeed."""
    try:
        yield
    except BadRequest as error:  # Too old, mostly: nobody waits for it any more.
        log.info("came too late with an answer", to=what, why=str(error))
    except TelegramError as error:
        raise translated(error) from error
