"""Make a conversation about a piece into messages that fit into the model's context. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from generation.prompts import ChatMessage

Count = Callable[[str], int]  # Tokens of one turn, with what the template adds to it.
Keep = Literal["beginning", "end"]

_ASKS = {  # What the model is told, with an instruction and without one. Short: the default model is small.
    ("revise", "en"): "Rewrite the piece above: {how}. Write only the new version.",
    ("revise", "zh"): "把上面的作品改一改：{how}。只写新的作品。",
    ("continue", "en"): "Continue the piece above: {how}. Write only what comes next.",
    ("continue", "zh"): "接着上面的作品往下写：{how}。只写后面的内容。",
}
_ASKS_PLAINLY = {
    "en": "Continue the piece above. Write only what comes next.",
    "zh": "接着上面的作品往下写。只写后面的内容。",
}


class TooLittleRoom(Exception):
    """Raised when not even the instruction fits into the budget."""


@dataclass(frozen=True, slots=True)
class Turn:
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A follow-up: its kind is "continue" or "revise"."""

    kind: str
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Ruler:
    """How long a model's context is, and how it counts."""

    context: int  # Tokens, of the prompt and of what is written together.
    count: Count


def language_of(text: str) -> str:
    """Chinese if the text holds Han characters, else English."""
    return "zh" if re.search(r"[一-鿿]", text) else "en"


def words_for(step: Step, language: str) -> str:
    """The follow-up as the model is told it."""
    how = step.instruction.strip(" .。!！?？")
    spoken = "zh" if language == "zh" else language_of(how)
    if step.kind == "continue" and not how:
        return _ASKS_PLAINLY[spoken]
    return _ASKS[step.kind, spoken].format(how=how or "better")


def conversation(
    opening: Sequence[ChatMessage], pieces: Sequence[str], steps: Sequence[Step], language: str, room: Ruler
) -> list[ChatMessage]:
    """What asked for the first piece, then piece and follow-up in turns, within `room`. Raises TooLittleRoom.

    `steps[i]` was said of `pieces[i]`; the last one is what is to be written now.
    """
    *before, request = opening
    turns = [Turn("user", request["content"])]
    for piece, step in zip(pieces, steps, strict=True):
        turns += [Turn("assistant", piece), Turn("user", words_for(step, language))]
    budget = room.context - sum(room.count(message["content"]) for message in before)
    keep: Keep = "end" if steps and steps[-1].kind == "continue" else "beginning"
    fitted = fit(turns, budget, room.count, keep)
    return [*before, *(ChatMessage(role=turn.role, content=turn.text) for turn in fitted)]


def fit(turns: Sequence[Turn], budget: int, count: Count, keep: Keep = "beginning") -> list[Turn]:
    """The turns that fit: the first request and the newest piece with its instruction, then what is newer.

    Turns alternate: request, piece, instruction, piece, instruction … If even those three are too many, the
    piece is cut at a line (`keep` says which part stays), then the request. Raises TooLittleRoom.
    """
    total = sum(count(turn.text) for turn in turns)
    kept = list(turns)
    while total > budget and len(kept) > 3:  # Oldest first, a piece with what was said of it.
        total -= count(kept[1].text) + count(kept[2].text)
        del kept[1:3]
    for place, part in ((-2, keep), (0, "beginning")):
        if total > budget and len(kept) > -place:
            rest = total - count(kept[place].text)
            cut_text = cut(kept[place].text, budget - rest, count, part)
            kept[place] = replace(kept[place], text=cut_text)
            total = rest + count(cut_text)
    if total > budget:
        raise TooLittleRoom(f"{total} tokens at least, room for {budget}")
    return kept


def cut(text: str, budget: int, count: Count, keep: str) -> str:
    """As many whole lines as fit from one side; of a line that is too long itself, as many words."""
    for separator in ("\n", " ", ""):
        parts = text.split(separator) if separator else list(text)
        kept = _most(parts, separator, budget, count, keep)
        if kept:
            return kept
    return ""


def _most(parts: Sequence[str], separator: str, budget: int, count: Count, keep: str) -> str:
    def side(number: int) -> str:
        chosen = parts[:number] if keep == "beginning" else parts[len(parts) - number :]
        return separator.join(chosen).strip()

    low, high = 0, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(side(middle)) <= budget else (low, middle - 1)
    while low and count(side(low)) > budget:  # Tokenizers do not count quite evenly.
        low -= 1
    return side(low)
