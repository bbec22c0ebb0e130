"""Call Slack, and read its errors: gone, closed, passing, or refused for good."""

import re
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bots.surface import DeliveryFailed, MessageGone, PlaceClosed

T = TypeVar("T")

_CODE = re.compile(r"[a-z0-9_]+")  # Slack's names of errors; ours are those of exceptions.
NOT_THERE = "message_not_found"
_GONE = {NOT_THERE, "cant_update_message", "edit_window_closed"}
_LIMITED = "ratelimited"
_PASSING = {
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",
    _LIMITED,
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
_CLOSED = {
    "cannot_dm_bot",
    "channel_is_limited_access",
    "ekm_access_denied",
    "posting_to_general_channel_denied",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "team_access_not_granted",
    "user_disabled",
    "user_is_bot",
    "cannot_reply_to_message",
    "channel_not_found",
    "is_archived",
    "messages_tab_disabled",
    "no_permission",
    "not_in_channel",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "thread_not_found",
}


def translated(error: SlackApiError) -> DeliveryFailed | MessageGone | PlaceClosed:
    """The courier's error for one of Slack's. Carries Slack's code only: a reader's text may be beside it."""
    reason = code(error)
    if reason in _GONE:
        return MessageGone(reason)
    if reason in _CLOSED:
        return PlaceClosed(reason)
    try:
        retry_after = float(error.response.headers.get("Retry-After", 0))
    except (AttributeError, TypeError, ValueError):
        retry_after = 0.0
    return DeliveryFailed(reason, retry_after)


def passing(failed: DeliveryFailed) -> bool:
    """Whether the same call may be taken a little later."""
    reason = str(failed)
    if failed.retry_after or reason in _PASSING or reason.startswith(("HTTP 5", "HTTP 429")):
        return True
    return not (reason.startswith("HTTP ") or _CODE.fullmatch(reason))


async def call(answer: Awaitable[T]) -> T:
    """Await a call of Slack's Web API. Raises DeliveryFailed, MessageGone or PlaceClosed."""
    try:
        return await answer
    except SlackApiError as error:
        raise translated(error) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, AttributeError) as error:
        # AttributeError: the SDK's, where an answer is no JSON object, as from a proxy.
        raise DeliveryFailed(type(error).__name__) from error


def code(error: SlackApiError) -> str:
    """Slack's name of an error, or the status of an answer that has none."""
    answer: Any = error.response
    data = answer if isinstance(answer, Mapping) else getattr(answer, "data", None)
    named = data.get("error") if isinstance(data, Mapping) else None
    status = getattr(answer, "status_code", 0)
    if status == 429 or named == "rate_limited":  # So some methods say it, with HTTP 200.
        return _LIMITED
    return str(named or f"HTTP {status}")
