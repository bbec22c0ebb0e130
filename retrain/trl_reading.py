"""Read the rows of other tools: by their columns, each checked before any is taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retrain.trl_files import BadRows

_SHAPES = (
    ("dpo", {"prompt", "chosen", "rejected"}),
    ("kto", {"prompt", "completion", "label"}),
    ("sft", {"prompt", "completion"}),
    ("messages", {"messages"}),
    ("text", {"text"}),
)
_KNOWN = "; ".join(", ".join(sorted(columns)) for _, columns in _SHAPES)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text for a request: liked, disliked, or only there to be learned from (None)."""

    prompt: str
    text: str
    liked: bool | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    prompt: str
    chosen: str
    rejected: str


Read = Labelled | Compared


def read_all(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Read]:
    """Every row, or none: raises BadRows with the place of the first that is not understood."""
    return [_read(where, row) for where, row in rows]


def _read(where: str, row: Mapping[str, Any]) -> Read:
    shape = next((name for name, columns in _SHAPES if columns <= row.keys()), None)
    match shape:
        case "dpo":
            prompt = _asked(where, row["prompt"])
            chosen, rejected = (_answer(where, row[side], side) for side in ("chosen", "rejected"))
            if chosen == rejected:
                raise BadRows(f"{where}: chosen and rejected are the same")
            return Compared(prompt, chosen, rejected)
        case "kto":
            if not isinstance(row["label"], bool):
                raise BadRows(f"{where}: label is {row['label']!r}, allowed are true and false")
            answer = _answer(where, row["completion"], "completion")
            return Labelled(_asked(where, row["prompt"]), answer, row["label"])
        case "sft":
            answer = _answer(where, row["completion"], "completion")
            return Labelled(_asked(where, row["prompt"]), answer)
        case "messages":
            turns = _turns(where, row["messages"], "messages")
            return Labelled(_last(turns[:-1], "user"), _said_last(where, turns))
        case "text":
            return Labelled("", _answer(where, row["text"], "text"))
        case _:
            raise BadRows(f"{where}: has the columns {', '.join(sorted(row)) or 'none'}; known are {_KNOWN}")


def _asked(where: str, value: Any) -> str:
    """What the reader said last."""
    if isinstance(value, str):
        return value.strip()
    asked = _last(_turns(where, value, "prompt"), "user")
    if not asked:
        raise BadRows(f"{where}: prompt has nothing that a user said")
    return asked


def _answer(where: str, value: Any, column: str) -> str:
    text = value if isinstance(value, str) else _said_last(where, _turns(where, value, column))
    if not text.strip():
        raise BadRows(f"{where}: {column} is empty")
    return text.strip("\n")


def _turns(where: str, value: Any, column: str) -> list[Mapping[str, str]]:
    fits = isinstance(value, list) and all(
        isinstance(turn, dict) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)
        for turn in value
    )
    if not fits or not value:
        raise BadRows(f"{where}: {column} is neither text nor a list of messages with role and content")
    return list(value)


def _said_last(where: str, turns: list[Mapping[str, str]]) -> str:
    if turns[-1]["role"] != "assistant" or not turns[-1]["content"].strip():
        raise BadRows(f"{where}: the last message is not one of the assistant")
    return turns[-1]["content"]


def _last(turns: list[Mapping[str, str]], role: str) -> str:
    return next((turn["content"].strip() for turn in reversed(turns) if turn["role"] == role), "")
