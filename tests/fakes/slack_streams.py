"""Slack's streams of live text: markdown that is appended, until they are stopped or die."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from tests.fakes.slack_rules import Refusal

STREAM_LIMIT = 12_000  # Characters.
_OBEYED = re.compile(r"<[@!#]|(?<![\\\w])[@#]\w|https?://|www\.\w|(?<!\\)\]\(|<http")


class Streamed(Protocol):
    """A message that may be written live."""

    text: str
    streaming: bool


def check_start(arguments: Mapping[str, Any], *, direct: bool) -> None:
    """Raises Refusal for a stream that Slack does not begin."""
    if not arguments.get("thread_ts"):
        raise Refusal("invalid_thread_ts")
    for name in ("recipient_team_id", "recipient_user_id"):
        if not direct and not arguments.get(name):
            raise Refusal(f"missing_{name}")
    check_markdown(arguments, "")


def check_markdown(arguments: Mapping[str, Any], before: str) -> None:
    known = {"channel", "thread_ts", "ts", "recipient_team_id", "recipient_user_id", "markdown_text"}
    if set(arguments) - known:
        raise Refusal("invalid_arguments")
    if len(before) + len(arguments.get("markdown_text") or "") > STREAM_LIMIT:
        raise Refusal("msg_too_long")


def obeys(markdown: str) -> bool:
    """Whether something in it would call somebody or be linked."""
    return bool(_OBEYED.search(markdown))


def shown(markdown: str) -> str:
    """What people see of it, entities apart."""
    return re.sub(r"\\([\\`*_~\[\]|])", r"\1", markdown).replace("\u2060", "").replace("\u00a0", " ")
