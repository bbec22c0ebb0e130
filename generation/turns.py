"""The turns of a conversation, and how they are told to a model that does not know them all. Pure."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypedDict


class ChatMessage(TypedDict):
    role: str
    content: str


def joined(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Turns of one role in a row as one turn."""
    return [
        ChatMessage(role=role, content="\n\n".join(turn["content"].strip() for turn in turns))
        for role, turns in groupby(messages, itemgetter("role"))
    ]


def without_system(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """What the system says, at the head of what the user says first."""
    return joined(
        [
            ChatMessage(role="user" if turn["role"] == "system" else turn["role"], content=turn["content"])
            for turn in messages
        ]
    )
